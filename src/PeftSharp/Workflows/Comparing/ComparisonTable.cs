using System.Globalization;

namespace PeftSharp.Workflows.Comparing;

/// <summary>A comparison as a table of text: one unit a column, so that numbers can be compared by eye.</summary>
/// <param name="Columns">The headings.</param>
/// <param name="Rows">A row for each variant, as many cells as there are columns.</param>
public sealed record ComparisonTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const string None = "–";
    private const double Mebi = 1 << 20;

    /// <summary>The table of a comparison.</summary>
    public static ComparisonTable Of(Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        (string Name, Func<VariantMeasures, string> Cell)[] columns =
        [
            (comparison.Metric, measures => Number(comparison.Score(measures), "0.0000")),
            ("trainable", measures => Number(measures.TrainableParameters, "N0")),
            ("of all", measures => Number(measures.TrainableShare(), "0.00 %")),
            ("adapter MiB", measures => Number(measures.AdapterBytes / Mebi, "0.00")),
            ("saved MiB", measures => Number(measures.SavedBytes() / Mebi, "0.00")),
            ("training s", measures => Number(measures.Seconds, "0.0")),
            ("peak MiB", measures => Number(measures.PeakMemoryBytes / Mebi, "0")),
            ("request ms", measures => Number(measures.LatencyMedianMs, "0.00")),
            ("p95 ms", measures => Number(measures.LatencyP95Ms, "0.00")),
        ];
        return new(
            ["method", .. columns.Select(column => column.Name)],
            [.. comparison.Results.Select(result => (IReadOnlyList<string>)
            [
                result.Variant.Name,
                .. columns.Select((column, i) => result.Measures is { } measures ? column.Cell(measures) : i == 0 ? "failed" : None),
            ])]);
    }

    private static string Number(double value, string format) => double.IsNaN(value) ? "not defined" : value.ToString(format, CultureInfo.InvariantCulture);
}
