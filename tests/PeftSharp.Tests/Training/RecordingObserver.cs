using PeftSharp.Training;

namespace PeftSharp.Tests.Training;

internal sealed class RecordingObserver : ITrainingObserver
{
    public List<TrainingStart> Starts { get; } = [];

    public List<StepReport> Steps { get; } = [];

    public List<LogEntry> Logs { get; } = [];

    public List<EvaluationReport> Evaluations { get; } = [];

    public List<long> Checkpoints { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<TrainingResult> Results { get; } = [];

    /// <summary>Called after each step.</summary>
    public Action<StepReport>? OnStep { get; init; }

    /// <summary>Called before each evaluation.</summary>
    public Action<long>? OnEvaluating { get; init; }

    public void Started(TrainingStart start) => Starts.Add(start);

    public void Step(StepReport report)
    {
        Steps.Add(report);
        OnStep?.Invoke(report);
    }

    public void Logged(LogEntry entry) => Logs.Add(entry);

    public void Evaluating(long step) => OnEvaluating?.Invoke(step);

    public void Evaluated(EvaluationReport report) => Evaluations.Add(report);

    public void CheckpointWritten(long step, string path) => Checkpoints.Add(step);

    public void Warning(string message) => Warnings.Add(message);

    public void Finished(TrainingResult result) => Results.Add(result);
}
