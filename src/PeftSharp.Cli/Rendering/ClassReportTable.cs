using System.Globalization;
using PeftSharp.Data;
using PeftSharp.Training;

namespace PeftSharp.Cli.Rendering;

/// <summary>What stands behind the averages of a classifier, for a person: a line a class, what is confused, and what saying one class always would score.</summary>
internal static class ClassReportTable
{
    /// <summary>More classes than these are shown by their worst.</summary>
    private const int MostShown = 20;

    private const int ConfusionsShown = 5;

    /// <summary>Writes the report; nothing where there is none.</summary>
    public static void Write(Terminal terminal, ClassReport? report)
    {
        if (report is null || report.Classes.Count == 0)
            return;
        ClassLine[] shown = report.Classes.Count <= MostShown
            ? [.. report.Classes]
            : [.. report.Classes.Where(line => line.Support > 0).OrderBy(line => line.Scores.F1).Take(MostShown)];
        var table = Tables.Create("class", "precision", "recall", "f1", "rows");
        foreach (ClassLine line in shown)
            table.Row(line.Name, Tables.Metric(line.Scores.Precision), Tables.Metric(line.Scores.Recall), Tables.Metric(line.Scores.F1), Tables.Count(line.Support));
        terminal.OutConsole.Write(table);
        if (shown.Length < report.Classes.Count)
            terminal.Out.WriteLine($"{"classes",-10}the {shown.Length} with the lowest F1 of {Tables.Count(report.Classes.Count)}; --json has all");
        if (report.Confusions.Count > 0)
            terminal.Out.WriteLine($"{"confused",-10}{string.Join("; ", report.Confusions.Take(ConfusionsShown).Select(one => $"{one.Actual} taken for {one.Predicted} {Tables.Count(one.Count)}×"))}");
        string[] missing = [.. report.Missing.Select(line => line.Name)];
        if (missing.Length > 0)
            terminal.Out.WriteLine($"{"missing",-10}no row is of {NearestName.List(missing)}; each that was predicted all the same has F1 0 and lowers macro_f1");
        if (report.Majority is { } majority)
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"baseline",-10}always \"{majority.Class}\": {majority.Metric} {majority.Value:0.0000}, macro_f1 {majority.MacroF1:0.0000}"));
    }
}
