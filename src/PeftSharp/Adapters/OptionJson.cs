using System.Text.Json.Nodes;

namespace PeftSharp.Adapters;

/// <summary>Values of options as HF's files have them.</summary>
internal static class OptionJson
{
    /// <summary>A list, or null.</summary>
    public static JsonArray? List<T>(IReadOnlyList<T>? items) =>
        items is null ? null : new JsonArray([.. items.Select(item => (JsonNode?)JsonValue.Create(item))]);

    /// <summary>Names to numbers.</summary>
    public static JsonObject Map(IReadOnlyDictionary<string, double> map) =>
        new(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Number(pair.Value))));

    /// <summary>Ranks and alphas are whole numbers in HF's files.</summary>
    public static JsonNode Number(double number) => number == Math.Floor(number) ? (JsonNode)(long)number : number;
}
