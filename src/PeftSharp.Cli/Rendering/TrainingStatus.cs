using System.Globalization;
using PeftSharp.Training;

namespace PeftSharp.Cli.Rendering;

/// <summary>What a run is at, in the words of a progress line: smoothed loss and speed, the last score, the time left.</summary>
internal sealed class TrainingStatus
{
    /// <summary>How much of the average the newest step is.</summary>
    private const double Newest = 0.05;

    private readonly LossCurve _curve = new();
    private TrainingStart? _start;
    private double _loss = double.NaN;
    private double _seconds, _tokens;
    private string? _score;

    public long TotalSteps => _start?.TotalSteps ?? 0;

    public void Begin(TrainingStart start) => _start = start;

    public void Add(StepReport step)
    {
        _curve.Add(step.Loss);
        _loss = double.IsNaN(_loss) ? step.Loss : _loss + Newest * (step.Loss - _loss);
        _seconds = _seconds == 0 ? step.Seconds : _seconds + Newest * (step.Seconds - _seconds);
        _tokens = _tokens == 0 ? step.Tokens : _tokens + Newest * (step.Tokens - _tokens);
    }

    public void Add(EvaluationReport report) =>
        _score = report.Result.Metrics.Count > 0 && report.Result.Metrics.First() is var (name, value)
            ? string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.000}")
            : string.Create(CultureInfo.InvariantCulture, $"eval loss {report.Result.Loss:0.000}");

    /// <summary>The line of an entry of the log: the mean loss since the last one.</summary>
    public string Line(LogEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {entry.Step}/{TotalSteps} · epoch {entry.Epoch:0.00} · loss {entry.Loss:0.0000} · learning rate {entry.LearningRate:0.###e+0} · gradient norm {entry.GradientNorm:0.000} · {entry.TokensPerSecond:N0} tokens/s");

    /// <summary>The losses of the steps so far, or null where they are too few.</summary>
    public string? Curve => _curve.Draw() is { } curve ? $"loss {curve}" : null;

    /// <summary>The line after a step.</summary>
    public string Line(StepReport step)
    {
        double left = (TotalSteps - step.Step) * _seconds;
        return string.Create(CultureInfo.InvariantCulture, $"step {step.Step}/{TotalSteps} · loss {_loss:0.000}{(_score is null ? "" : $" · {_score}")} · {(_seconds > 0 ? _tokens / _seconds : 0):N0} tokens/s · {Tables.Duration(left)} left");
    }
}
