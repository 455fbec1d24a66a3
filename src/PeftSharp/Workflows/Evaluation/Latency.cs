using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Evaluation;

/// <summary>How long single requests took.</summary>
/// <param name="Requests">How many were timed.</param>
/// <param name="MedianMs">The median in milliseconds.</param>
/// <param name="P95Ms">The 95th percentile in milliseconds: one request of twenty took longer.</param>
public sealed record Latency(int Requests, double MedianMs, double P95Ms)
{
    /// <summary>The figures of some times.</summary>
    /// <param name="milliseconds">One a request, in any order.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Latency Of(IReadOnlyCollection<double> milliseconds)
    {
        ArgumentNullException.ThrowIfNull(milliseconds);
        if (milliseconds.Count == 0)
            throw new ArgumentException("There are no requests.", nameof(milliseconds));
        double[] sorted = [.. milliseconds.Order()];
        return new(sorted.Length, Quantile(sorted, 0.5), Quantile(sorted, 0.95));
    }

    /// <summary>The figures for machines.</summary>
    public JsonObject ToJson() => new() { ["requests"] = Requests, ["median_ms"] = MedianMs, ["p95_ms"] = P95Ms };

    /// <summary>Between two values in proportion, as numpy and spreadsheets do.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
