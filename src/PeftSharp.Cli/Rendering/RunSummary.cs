using System.Globalization;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Cli.Rendering;

/// <summary>What a finished run has to tell.</summary>
internal static class RunSummary
{
    /// <summary>The table of scores, what was trained and what it takes on disk.</summary>
    public static void Write(Terminal terminal, RunReport report)
    {
        if (report.Test is not null || report.Evaluation is not null)
            terminal.OutConsole.Write(Tables.OfScores(
                (report.Before is null ? "" : "test before", report.Before),
                ("eval", report.Evaluation),
                (report.Before is null ? "test" : "test after", report.Test)));
        ClassReportTable.Write(terminal, (report.Test ?? report.Evaluation)?.Classes);
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"trained   {report.TrainableCount:N0} of {report.TotalCount:N0} values ({report.TrainableShare:P2}) in {Tables.Duration(report.Training.Seconds)}, {report.Training.Steps:N0} steps, mean loss {Tables.Metric(report.Training.TrainLoss)}"));
        terminal.Out.WriteLine($"stored    {Tables.Bytes(report.AdapterBytes)} where full fine-tuning would store {Tables.Bytes(report.FullBytes)}: {Tables.Bytes(report.FullBytes - report.AdapterBytes)} saved");
        terminal.Out.WriteLine($"memory    {Tables.Bytes(report.PeakMemoryBytes)} at most");
        if (report.Training.BestLoaded)
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best      step {report.Training.BestStep}, {report.Training.BestMetric:0.0000}"));
        terminal.Out.WriteLine($"adapter   {report.AdapterFolder}");
    }
}
