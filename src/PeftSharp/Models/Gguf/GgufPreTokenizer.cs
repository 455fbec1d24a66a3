using System.Text.Json.Nodes;

namespace PeftSharp.Models.Gguf;

/// <summary>
/// How text is cut before byte-level BPE: a GGUF file has a name for it (<c>tokenizer.ggml.pre</c>), tokenizer.json says it
/// in components.
/// </summary>
internal sealed record GgufPreTokenizer(string Name, JsonNode Components, bool Composes = false, bool IgnoresMerges = false)
{
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}", Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly GgufPreTokenizer _gpt2 = new("gpt-2", ByteLevel(regex: true));
    private static readonly GgufPreTokenizer _llama3 = new("llama-bpe", Split(Words + "{1,3}" + Rest), IgnoresMerges: true);
    private static readonly GgufPreTokenizer _qwen2 = new("qwen2", Split(Words + Rest), Composes: true);

    // Read as gpt-2, as transformers does; written where tokenizer.json has the digits apart.
    private static readonly GgufPreTokenizer _digits = new("smollm", new JsonObject
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, ByteLevel(regex: true)),
    });

    /// <summary>The names that files have; some have several.</summary>
    private static readonly Dictionary<string, GgufPreTokenizer> _byName = new(StringComparer.Ordinal)
    {
        ["gpt-2"] = _gpt2,
        ["gpt2"] = _gpt2,
        ["default"] = _gpt2,
        ["smollm"] = _gpt2,
        ["llama-bpe"] = _llama3,
        ["llama3"] = _llama3,
        ["llama-v3"] = _llama3,
        ["qwen2"] = _qwen2,
        ["deepseek-r1-qwen"] = _qwen2,
    };

    /// <summary>What a name in a file means.</summary>
    /// <exception cref="InvalidDataException">The name is not known.</exception>
    public static GgufPreTokenizer Of(string name, string source) => _byName.TryGetValue(name, out GgufPreTokenizer? found)
        ? found
        : throw new InvalidDataException($"{source}: tokenizer.ggml.pre is \"{name}\", which is not supported; supported are {string.Join(", ", _byName.Keys)}.");

    /// <summary>The one that components of tokenizer.json amount to, or null.</summary>
    public static GgufPreTokenizer? Matching(JsonNode? components)
    {
        string? wanted = Key(components);
        return wanted is null ? null : ((GgufPreTokenizer[])[_gpt2, _digits, _llama3, _qwen2]).FirstOrDefault(known => Key(known.Components) == wanted);
    }

    /// <summary>Type, expression and regex flag of each part: what decides where the cuts are.</summary>
    private static string? Key(JsonNode? node)
    {
        if (node is not JsonObject part)
            return null;
        return (string?)part["type"] switch
        {
            "Sequence" => part["pretokenizers"] is JsonArray parts ? string.Join('\n', parts.Select(Key)) : null,
            "ByteLevel" => $"ByteLevel {(part["use_regex"] is null || (bool)part["use_regex"]!)}",
            "Digits" => $"Digits {part["individual_digits"] is { } each && (bool)each}",
            "Split" => $"Split {part["pattern"]?["Regex"]} {part["behavior"]}",
            _ => part.ToJsonString(),
        };
    }

    private static JsonObject ByteLevel(bool regex) =>
        new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = regex };

    private static JsonObject Split(string expression) => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["behavior"] = "Isolated", ["invert"] = false },
            ByteLevel(regex: false)),
    };
}
