namespace PeftSharp.Training;

/// <summary>Tells several observers, in their order.</summary>
public sealed class CompositeObserver(params IReadOnlyList<ITrainingObserver> observers) : ITrainingObserver
{
    /// <inheritdoc/>
    public void Started(TrainingStart start) => Tell(observer => observer.Started(start));

    /// <inheritdoc/>
    public void Step(StepReport report) => Tell(observer => observer.Step(report));

    /// <inheritdoc/>
    public void Logged(LogEntry entry) => Tell(observer => observer.Logged(entry));

    /// <inheritdoc/>
    public void Evaluating(long step) => Tell(observer => observer.Evaluating(step));

    /// <inheritdoc/>
    public void Evaluated(EvaluationReport report) => Tell(observer => observer.Evaluated(report));

    /// <inheritdoc/>
    public void CheckpointWritten(long step, string path) => Tell(observer => observer.CheckpointWritten(step, path));

    /// <inheritdoc/>
    public void Warning(string message) => Tell(observer => observer.Warning(message));

    /// <inheritdoc/>
    public void Finished(TrainingResult result) => Tell(observer => observer.Finished(result));

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (ITrainingObserver observer in observers)
            what(observer);
    }
}
