using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Methods.Lora;

/// <summary><c>init_lora_weights</c> and the settings beside it, as HF PEFT's <c>adapter_config.json</c> has them.</summary>
internal static class LoraInitFile
{
    /// <summary>More iterations than anyone needs: the decomposition is exact long before.</summary>
    public const int MostIterations = 1000;

    private const string Key = "init_lora_weights", Iterated = "pissa_niter_";

    private static readonly (LoraInitKind Kind, string Word)[] _words =
    [
        (LoraInitKind.Gaussian, "gaussian"),
        (LoraInitKind.Pissa, "pissa"),
        (LoraInitKind.Olora, "olora"),
        (LoraInitKind.Orthogonal, "orthogonal"),
        (LoraInitKind.Eva, "eva"),
        (LoraInitKind.LoftQ, "loftq"),
        (LoraInitKind.LoraGa, "lora_ga"),
        (LoraInitKind.Corda, "corda"),
        (LoraInitKind.Mica, "mica"),
    ];

    /// <summary>Settings that say how an initialisation went about it, with the value that means "none".</summary>
    private static readonly (string Key, string Off)[] _settings =
        [("corda_config", "null"), ("eva_config", "null"), ("loftq_config", "{}"), ("lora_ga_config", "null")];

    public static LoraInit Read(JsonSettings settings)
    {
        const string Known = "true, false, \"gaussian\", \"orthogonal\", \"olora\", \"pissa\" or \"pissa_niter_N\"";
        switch (settings.Raw(Key))
        {
            case null or { ValueKind: JsonValueKind.True }:
                return LoraInit.Default;
            case { ValueKind: JsonValueKind.False }:
                return LoraInit.Random;
            case { ValueKind: JsonValueKind.String } text:
                string word = text.GetString()!;
                if (word.StartsWith(Iterated, StringComparison.Ordinal))
                    return LoraInit.PissaWithIterations(Iterations(word.AsSpan(Iterated.Length)) ?? throw settings.Wrong(
                        Key, $"\"pissa_niter_N\" with N from 1 to {MostIterations} ('{word}' is not)"));
                // HF takes any case of letters for some of them.
                return _words.FirstOrDefault(known => known.Word.Equals(word, StringComparison.OrdinalIgnoreCase)) is { Word: not null } found
                    ? LoraInit.Of(found.Kind)
                    : throw settings.Wrong(Key, $"{Known} ('{word}' is not known)");
            default:
                throw settings.Wrong(Key, Known);
        }
    }

    /// <summary>The settings that are there; they say nothing once training has begun, and are written back.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> ReadSettings(JsonSettings settings)
    {
        Dictionary<string, JsonNode?> found = new(StringComparer.Ordinal);
        foreach ((string key, _) in _settings)
            if (settings.Raw(key) is { } value)
                found[key] = JsonNode.Parse(value.GetRawText());
        return found;
    }

    public static void Write(LoraInit init, IReadOnlyDictionary<string, JsonNode?> settings, JsonObject json)
    {
        json[Key] = init switch
        {
            { Kind: LoraInitKind.Kaiming } => true,
            { Kind: LoraInitKind.Random } => false,
            { Iterations: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{Iterated}{init.Iterations}"),
            _ => Word(init.Kind),
        };
        foreach ((string key, string off) in _settings)
            json[key] = settings.TryGetValue(key, out JsonNode? value) ? value?.DeepClone() : JsonNode.Parse(off);
    }

    /// <summary>The word of a kind that has one.</summary>
    public static string Word(LoraInitKind kind) => _words.First(known => known.Kind == kind).Word;

    private static int? Iterations(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostIterations ? number : null;
}
