using System.Globalization;
using PeftSharp.Training;
using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace PeftSharp.Cli.Rendering;

/// <summary>The tables of all verbs: one look, and text that is never taken for markup.</summary>
internal static class Tables
{
    /// <summary>A table with these columns.</summary>
    public static Table Create(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Cell(column)));
        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static Table Row(this Table table, params string[] cells)
    {
        table.AddRow(cells.Select(cell => new Cell(cell)));
        return table;
    }

    /// <summary>Names and values.</summary>
    public static Table OfFacts(IEnumerable<KeyValuePair<string, string>> facts)
    {
        Table table = Create("", "").HideHeaders();
        table.Border = TableBorder.None;
        foreach ((string name, string value) in facts)
            table.Row(name, value);
        return table;
    }

    /// <summary>A metric as its name suggests: shares in percent would hide the last digits, so four places.</summary>
    public static string Metric(double value) =>
        double.IsNaN(value) ? "not defined" : value.ToString(Math.Abs(value) >= 100 ? "N1" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>The scores of evaluations side by side.</summary>
    public static Table OfScores(params (string Name, EvaluationResult? Result)[] evaluations)
    {
        (string Name, EvaluationResult Result)[] made = [.. evaluations.Where(e => e.Result is not null).Select(e => (e.Name, e.Result!))];
        Table table = Create(["", .. made.Select(e => e.Name)]);
        foreach (string metric in (string[])["loss", .. made[0].Result.Metrics.Keys])
            table.Row([metric, .. made.Select(e => Metric(e.Result[metric]))]);
        table.Row(["rows", .. made.Select(e => e.Result.Examples.ToString("N0", CultureInfo.InvariantCulture))]);
        return table;
    }

    /// <summary>Bytes in the unit that reads best.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.##} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MiB"),
        >= 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 10):0.#} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
    };

    /// <summary>Seconds in the unit that reads best.</summary>
    public static string Duration(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s")
        : TimeSpan.FromSeconds(seconds) is { TotalHours: >= 1 } hours
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)hours.TotalHours} h {hours.Minutes:00} min")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60} min {(int)seconds % 60:00} s");

    /// <summary>A count with separators.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
