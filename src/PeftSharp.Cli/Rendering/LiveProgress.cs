using System.Diagnostics;
using PeftSharp.Training;
using PeftSharp.Workflows.Runs;
using Spectre.Console;

namespace PeftSharp.Cli.Rendering;

/// <summary>Progress as a moving bar, for a person who watches.</summary>
internal sealed class LiveProgress : IRunObserver
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole _console;
    private readonly ProgressTask _bar;
    private readonly TrainingStatus _status = new();
    private long _last;

    private LiveProgress(IAnsiConsole console, ProgressTask bar)
    {
        _console = console;
        _bar = bar;
    }

    /// <summary>Runs work under a bar where a person watches, else with plain lines.</summary>
    public static T Show<T>(Terminal terminal, Func<IRunObserver, T> work)
    {
        if (!terminal.IsWatched)
            return work(new PlainProgress(terminal));
        return terminal.ErrorConsole.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("starting");
                bar.IsIndeterminate = true;
                return work(new LiveProgress(terminal.ErrorConsole, bar));
            });
    }

    public void Stage(string what)
    {
        _bar.IsIndeterminate = true;
        _bar.Description = Markup.Escape(what);
    }

    public void Note(string message) => _console.WriteLine(message);

    public void Started(TrainingStart start)
    {
        _status.Begin(start);
        _console.WriteLine(PlainProgress.Describe(start));
        _bar.IsIndeterminate = false;
        _bar.MaxValue = start.TotalSteps;
        _bar.Value = start.ResumedStep;
        _bar.Description = "training";
    }

    public void Step(StepReport report)
    {
        _status.Add(report);
        if (Stopwatch.GetElapsedTime(_last) < _interval && report.Step != _status.TotalSteps)
            return;
        _last = Stopwatch.GetTimestamp();
        _bar.IsIndeterminate = false;
        _bar.Value = report.Step;
        _bar.Description = Markup.Escape(_status.Line(report));
    }

    public void Logged(LogEntry entry) => _console.WriteLine(_status.Line(entry));

    public void Finished(TrainingResult result)
    {
        if (_status.Curve is { } curve)
            _console.WriteLine(curve);
    }

    public void Evaluating(long step) => _bar.Description = "evaluating";

    public void Evaluated(EvaluationReport report)
    {
        _status.Add(report);
        _console.WriteLine(PlainProgress.Describe(report));
    }

    public void CheckpointWritten(long step, string path) => _console.WriteLine($"checkpoint {path}");

    public void Warning(string message) => _console.WriteLine($"warning: {message}");
}
