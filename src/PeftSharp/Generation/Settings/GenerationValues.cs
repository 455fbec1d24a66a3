using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Generation.Settings;

/// <summary>Values of generation keys that have a form of their own.</summary>
internal static class GenerationValues
{
    private const string BiasForm = "a list of [[token, …], bias]";

    /// <summary>A token; −1 is how older files say "none".</summary>
    public static int? Id(JsonSettings settings, string key) =>
        settings.OptionalIndex(key) is { } id
            ? id <= int.MaxValue ? (int)id : throw settings.Wrong(key, "a token id")
            : null;

    public static EarlyStopping Stopping(JsonSettings settings, string key) => settings.Raw(key) switch
    {
        null or { ValueKind: JsonValueKind.False } => EarlyStopping.Heuristic,
        { ValueKind: JsonValueKind.True } => EarlyStopping.Immediately,
        { ValueKind: JsonValueKind.String } text when text.GetString() == "never" => EarlyStopping.Never,
        _ => throw settings.Wrong(key, "true, false or \"never\""),
    };

    public static IReadOnlyList<string> Texts(JsonSettings settings, string key) =>
        settings.Raw(key) is { ValueKind: JsonValueKind.String } one ? [one.GetString()!] : settings.Names(key) ?? [];

    public static IReadOnlyList<IReadOnlyList<int>> Sequences(JsonSettings settings, string key) =>
        [.. Items(settings, key, "a list of lists of tokens").Select(item => Tokens(item) ?? throw settings.Wrong(key, "a list of lists of tokens"))];

    /// <summary>Pairs of a sequence and its bias: what JSON can hold of transformers' dictionary.</summary>
    public static IReadOnlyList<SequenceBias> Biases(JsonSettings settings, string key) =>
        [.. Items(settings, key, BiasForm).Select(item => Bias(item) ?? throw settings.Wrong(key, BiasForm))];

    public static LengthDecayPenalty Decay(JsonSettings settings, string key)
    {
        JsonElement[] pair = [.. Items(settings, key, "a pair [start, factor]")];
        return pair is [var start, var factor] && start.ValueKind == JsonValueKind.Number && factor.ValueKind == JsonValueKind.Number && start.TryGetInt32(out int from)
            ? new(from, factor.GetDouble())
            : throw settings.Wrong(key, "a pair [start, factor] of a whole number and a number");
    }

    private static JsonElement.ArrayEnumerator Items(JsonSettings settings, string key, string wanted) =>
        settings.Raw(key) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : throw settings.Wrong(key, wanted);

    private static SequenceBias? Bias(JsonElement item) =>
        item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2 && Tokens(item[0]) is { } tokens && item[1].ValueKind == JsonValueKind.Number
            ? new(tokens, item[1].GetDouble())
            : null;

    private static int[]? Tokens(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(token => token.ValueKind == JsonValueKind.Number && token.TryGetInt32(out _))
            ? [.. list.EnumerateArray().Select(token => token.GetInt32())]
            : null;
}
