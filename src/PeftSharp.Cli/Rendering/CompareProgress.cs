using PeftSharp.Workflows.Comparing;
using Spectre.Console;

namespace PeftSharp.Cli.Rendering;

/// <summary>How a comparison goes: a bar over the variants where a person watches, else lines with the variant in front.</summary>
internal sealed class CompareProgress : ICompareObserver
{
    private readonly Terminal _terminal;
    private readonly ProgressTask? _bar;
    private string _at = "";

    private CompareProgress(Terminal terminal, ProgressTask? bar)
    {
        _terminal = terminal;
        _bar = bar;
    }

    /// <summary>Runs work and shows how it goes.</summary>
    public static T Show<T>(Terminal terminal, Func<ICompareObserver, T> work)
    {
        if (!terminal.IsWatched)
            return work(new CompareProgress(terminal, null));
        return terminal.ErrorConsole.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 20 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => work(new CompareProgress(terminal, context.AddTask("starting"))));
    }

    public void Started(int number, int count, ComparisonVariant variant)
    {
        _at = $"[{number}/{count} {variant.Name}]";
        if (_bar is null)
            return;
        _bar.MaxValue = count;
        _bar.Value = number - 1;
        Progress("starting");
    }

    public void Progress(string line)
    {
        if (_bar is null || line.StartsWith("warning:", StringComparison.Ordinal))
            Line(line);
        else
            _bar.Description = Markup.Escape($"{_at} {line}");
    }

    public void Ended(VariantResult result)
    {
        if (result.Error is not null)
            Line($"failed: {result.Error}");
        else if (result.Reused)
            Line("done before with the same configuration (--force runs it again)");
        else
            Line($"done in {Tables.Duration(result.Measures!.Seconds)}");
    }

    private void Line(string text)
    {
        if (_bar is null)
            _terminal.Error.WriteLine($"{_at} {text}");
        else
            _terminal.ErrorConsole.WriteLine($"{_at} {text}");
    }
}
