using System.Text.Json.Nodes;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Comparing;

/// <summary>Several methods on the same task, model and data.</summary>
public sealed record Comparison
{
    /// <summary>The folder of the comparison.</summary>
    public required string Folder { get; init; }

    /// <summary>The model that all started from.</summary>
    public required string Model { get; init; }

    /// <summary>The file that all were scored on.</summary>
    public required string File { get; init; }

    /// <summary>The variants that have ended, in order.</summary>
    public required IReadOnlyList<VariantResult> Results { get; init; }

    /// <summary>The variants that were asked for.</summary>
    public required int Asked { get; init; }

    /// <summary>The metric to compare by: <c>metric_for_best_model</c> if given, else the main one of the task.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether more of the metric is better.</summary>
    public bool GreaterIsBetter => Evaluator.IsGreaterBetter(Metric);

    /// <summary>True if the comparison was interrupted before its last variant.</summary>
    public bool Stopped => Results.Count < Asked;

    /// <summary>The results that have measures.</summary>
    public IEnumerable<VariantResult> Finished => Results.Where(result => result.Measures is not null);

    /// <summary>The results that have none.</summary>
    public IEnumerable<VariantResult> Failed => Results.Where(result => result.Measures is null);

    /// <summary>The metric of a variant; NaN where it is not defined.</summary>
    public double Score(VariantMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        return measures.Metrics.GetValueOrDefault(Metric) ?? double.NaN;
    }

    /// <summary>The comparison for machines.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = Model,
        ["file"] = File,
        ["metric"] = Metric,
        ["greater_is_better"] = GreaterIsBetter,
        ["stopped"] = Stopped,
        ["variants"] = new JsonArray([.. Results.Select(result => (JsonNode)result.ToJson())]),
    };
}
