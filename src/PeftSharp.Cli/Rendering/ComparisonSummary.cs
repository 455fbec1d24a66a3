using PeftSharp.Workflows.Comparing;
using Spectre.Console;

namespace PeftSharp.Cli.Rendering;

/// <summary>What a comparison has to tell.</summary>
internal static class ComparisonSummary
{
    private const int ChartWidth = 80;

    /// <summary>The table, the bars, and where the files are.</summary>
    public static void Write(Terminal terminal, Comparison comparison)
    {
        WriteTable(terminal.OutConsole, ComparisonTable.Of(comparison));
        WriteChart(terminal, comparison);
        foreach (VariantResult failed in comparison.Failed)
            terminal.Out.WriteLine($"failed    {failed.Variant.Name}: {failed.Error}");
        terminal.Out.WriteLine(
            $"written   {string.Join(", ", ((string[])[ComparisonFiles.MarkdownName, ComparisonFiles.ChartName, ComparisonFiles.JsonName]).Select(name => Path.Combine(comparison.Folder, name)))}");
    }

    /// <summary>One table, or on a narrow screen one below the other: cells that break in the middle of a number cannot be read.</summary>
    private static void WriteTable(IAnsiConsole console, ComparisonTable content)
    {
        const int Border = 2, Between = 3;
        int[] widths = [.. content.Columns.Select((name, column) => Between + content.Rows.Select(row => row[column].Length).Append(name.Length).Max())];
        for (int first = 1; first < widths.Length;)
        {
            int next = first, width = Border + widths[0];
            while (next < widths.Length && (next == first || width + widths[next] <= console.Profile.Width))
                width += widths[next++];
            int[] shown = [0, .. Enumerable.Range(first, next - first)];
            Table table = Tables.Create([.. shown.Select(column => content.Columns[column])]);
            foreach (TableColumn column in table.Columns.Skip(1))
                column.RightAligned();
            foreach (IReadOnlyList<string> row in content.Rows)
                table.Row([.. shown.Select(column => row[column])]);
            console.Write(table);
            first = next;
        }
    }

    /// <summary>Bars begin at 0, so what is below it has none.</summary>
    private static void WriteChart(Terminal terminal, Comparison comparison)
    {
        (string Name, double Score)[] bars =
            [.. comparison.Finished.Select(result => (result.Variant.Name, Score: comparison.Score(result.Measures!))).Where(bar => bar.Score >= 0)];
        if (bars.Length == 0)
            return;
        BarChart chart = new() { Width = Math.Min(ChartWidth, terminal.OutConsole.Profile.Width) };
        chart.UseValueFormatter((value, culture) => Tables.Metric(value));
        foreach ((string name, double score) in bars)
            chart.AddItem(Markup.Escape(name), score, Color.Blue);
        terminal.Out.WriteLine($"{comparison.Metric} on {comparison.File} ({(comparison.GreaterIsBetter ? "more" : "less")} is better)");
        terminal.OutConsole.Write(chart);
        terminal.Out.WriteLine();
    }
}
