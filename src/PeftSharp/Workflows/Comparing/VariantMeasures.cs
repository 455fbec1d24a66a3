using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Comparing;

/// <summary>What was measured of a variant.</summary>
public sealed record VariantMeasures
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The scores of the saved adapter by name, loss among them, in the order to show them; null where one is not defined.</summary>
    public required OrderedDictionary<string, double?> Metrics { get; init; }

    /// <summary>The examples that were scored.</summary>
    public required int Examples { get; init; }

    /// <summary>Trainable values.</summary>
    public required long TrainableParameters { get; init; }

    /// <summary>All values, the method's own among them.</summary>
    public required long Parameters { get; init; }

    /// <summary>The bytes of the adapter's tensors as saved.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>The bytes that full fine-tuning would save: the base's values in float32.</summary>
    public required long FullBytes { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Seconds of the training: reading, loading, tokenising, and the loop with its evaluations and checkpoints.</summary>
    public required double Seconds { get; init; }

    /// <summary>The most bytes of memory of the process that trained.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Single requests that were timed.</summary>
    public required int Requests { get; init; }

    /// <summary>The median of their milliseconds.</summary>
    public required double LatencyMedianMs { get; init; }

    /// <summary>The 95th percentile of their milliseconds.</summary>
    public required double LatencyP95Ms { get; init; }

    /// <summary>The reports of <c>peft train --json</c> and <c>peft evaluate --latency N --json</c> on the same run.</summary>
    /// <param name="training">The report of the training.</param>
    /// <param name="evaluation">The report on what it saved.</param>
    /// <exception cref="PeftException">A report lacks a value.</exception>
    public static VariantMeasures Of(JsonObject training, JsonObject evaluation)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(evaluation);
        JsonObject latency = Value<JsonObject>(evaluation, "latency");
        return new VariantMeasures
        {
            Metrics = new(evaluation.Where(IsMetric).Select(pair => KeyValuePair.Create(pair.Key, (double?)pair.Value))),
            Examples = Value<int>(evaluation, "examples"),
            TrainableParameters = Value<long>(training, "trainable_parameters"),
            Parameters = Value<long>(training, "parameters"),
            AdapterBytes = Value<long>(training, "adapter_bytes"),
            FullBytes = Value<long>(training, "full_bytes"),
            Steps = Value<long>(training, "steps"),
            Seconds = Value<double>(training, "prepare_seconds") + Value<double>(training, "train_seconds"),
            PeakMemoryBytes = Value<long>(training, "peak_memory_bytes"),
            Requests = Value<int>(latency, "requests"),
            LatencyMedianMs = Value<double>(latency, "median_ms"),
            LatencyP95Ms = Value<double>(latency, "p95_ms"),
        };
    }

    /// <summary>Trainable values among all, in [0, 1].</summary>
    public double TrainableShare() => (double)TrainableParameters / Parameters;

    /// <summary>Bytes that the adapter takes less than full fine-tuning would.</summary>
    public long SavedBytes() => FullBytes - AdapterBytes;

    /// <summary>The measures for machines.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, _json)!.AsObject();

    /// <summary>The measures that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">They are not complete.</exception>
    internal static VariantMeasures Parse(JsonNode node) => node.Deserialize<VariantMeasures>(_json) ?? throw new JsonException("There are no measures.");

    /// <summary>Scores are the numbers of the report; one that is not defined is null.</summary>
    private static bool IsMetric(KeyValuePair<string, JsonNode?> pair) =>
        pair.Key is not ("examples" or "seconds") && pair.Value?.GetValueKind() is null or JsonValueKind.Number;

    private static T Value<T>(JsonObject report, string name) => report[name] is { } value
        ? value is T node ? node : value.GetValue<T>()
        : throw new PeftException($"A report of the run has no {name}; was it written by another version of peft?");
}
