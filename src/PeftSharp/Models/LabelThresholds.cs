using System.Text.Json.Nodes;

namespace PeftSharp.Models;

/// <summary>From which probability on a label holds, for a classifier that may give a text several.</summary>
public static class LabelThresholds
{
    /// <summary>The threshold where none is set.</summary>
    public const float Default = 0.5f;

    /// <summary>The key under which thresholds are saved, an object of label names to numbers.</summary>
    public const string Key = "thresholds";

    /// <summary>The same threshold for each label.</summary>
    public static IReadOnlyList<float> Same(float threshold, int labels) => [.. Enumerable.Repeat(threshold, labels)];

    /// <summary>Thresholds as they are saved; null where all are <see cref="Default"/>.</summary>
    internal static JsonObject? ToJson(IReadOnlyList<string> labels, IReadOnlyList<float> thresholds) =>
        thresholds.All(threshold => threshold == Default) ? null
        : new JsonObject(labels.Zip(thresholds, (label, threshold) => KeyValuePair.Create(label, (JsonNode?)threshold)));

    /// <summary>The thresholds that a config or <c>labels.json</c> has; null where it has none.</summary>
    /// <exception cref="PeftException">A label has none, or one that is no probability.</exception>
    internal static IReadOnlyList<float>? Read(ModelConfig settings, IReadOnlyList<string> labels)
    {
        if (JsonNode.Parse(settings.Json)?[Key] is not { } saved)
            return null;
        return [.. labels.Select(label =>
            saved is JsonObject map && map[label] is JsonValue value && value.TryGetValue(out float threshold) && threshold is >= 0 and <= 1
                ? threshold
                : throw new PeftException($"{settings.Source}: {Key} must give each label a number from 0 to 1, and \"{label}\" has none."))];
    }
}
