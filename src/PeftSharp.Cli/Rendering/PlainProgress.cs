using System.Diagnostics;
using System.Globalization;
using PeftSharp.Training;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Cli.Rendering;

/// <summary>Progress as lines, for logs and for terminals that nobody watches: at most one every few seconds.</summary>
internal sealed class PlainProgress(Terminal terminal) : IRunObserver
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private readonly TrainingStatus _status = new();
    private long _last;

    public void Stage(string what) => terminal.Error.WriteLine(what);

    public void Note(string message) => terminal.Error.WriteLine(message);

    public void Started(TrainingStart start)
    {
        _status.Begin(start);
        _last = Stopwatch.GetTimestamp();
        terminal.Error.WriteLine(Describe(start));
    }

    public void Step(StepReport report)
    {
        _status.Add(report);
        if (Stopwatch.GetElapsedTime(_last) < _interval)
            return;
        _last = Stopwatch.GetTimestamp();
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {report.Epoch:0.00} · {_status.Line(report)}"));
    }

    public void Logged(LogEntry entry)
    {
        _last = Stopwatch.GetTimestamp();
        terminal.Error.WriteLine(_status.Line(entry));
    }

    public void Finished(TrainingResult result)
    {
        if (_status.Curve is { } curve)
            terminal.Error.WriteLine(curve);
    }

    public void Evaluated(EvaluationReport report)
    {
        _status.Add(report);
        terminal.Error.WriteLine(Describe(report));
    }

    public void CheckpointWritten(long step, string path) => terminal.Error.WriteLine($"checkpoint {path}");

    public void Warning(string message) => terminal.Warn(message);

    /// <summary>What a run is about to do.</summary>
    public static string Describe(TrainingStart start) => string.Create(
        CultureInfo.InvariantCulture,
        $"training {start.TrainableCount:N0} values on {start.Examples:N0} examples: {start.TotalSteps:N0} steps, {start.Epochs:0.##} epochs{(start.ResumedFrom is null ? "" : $", going on from {start.ResumedFrom}")}{(start.FrozenLayers is null ? "" : $"; {start.FrozenLayers}")}");

    /// <summary>The scores of an evaluation in one line.</summary>
    public static string Describe(EvaluationReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {report.Epoch:0.00}: eval loss {report.Result.Loss:0.0000}{string.Concat(report.Result.Metrics.Select(metric => $", {metric.Key} {Tables.Metric(metric.Value)}"))}{(report.IsBest ? " (best)" : "")}");
}
