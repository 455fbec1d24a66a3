using PeftSharp.Tensors;

namespace PeftSharp.Training;

/// <summary>Tells the observer, keeps the log of the state, and says each kind of warning once.</summary>
internal sealed class RunLog(ITrainingObserver observer, int loggingSteps, TrainingPlan plan)
{
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    public void Begin(TrainingState state, TrainingStart start)
    {
        observer.Started(start);
        if (start.ResumedStep >= start.TotalSteps)
            Warn($"The checkpoint is at step {state.Step} and the run has {start.TotalSteps}: nothing is left to train.");
    }

    public void Step(TrainingState state, StepOutcome outcome, double learningRate, double norm, double seconds, MemoryUse before)
    {
        double loss = outcome.LossSum / outcome.Labels;
        state.SinceLog.Add(outcome, seconds);
        state.Whole.Add(outcome, seconds: 0);
        if (outcome.Labels == 0)
            WarnOnce("labels", $"No label counts in the batch of step {state.Step} (all are ignored): it changes nothing. Check max_length and the masking of prompts.");
        else if (loss == 0)
            WarnOnce("zero", $"The loss of step {state.Step} is exactly 0: nothing is learnt from it. Check the labels.");
        double epoch = plan.EpochAfter(state.Step);
        MemoryUse now = MemoryUse.Read();
        observer.Step(new StepReport(state.Step, epoch, loss, learningRate, norm, outcome.Tokens, seconds)
        {
            PageFaults = now.PageFaults - before.PageFaults,
            ResidentBytes = now.ResidentBytes,
        });
        if (state.Step % loggingSteps == 0 || state.Step == plan.TotalSteps)
        {
            RunTotals sums = state.SinceLog;
            LogEntry entry = new(state.Step, epoch, sums.MeanLoss, learningRate, norm, sums.Seconds > 0 ? sums.Tokens / sums.Seconds : 0);
            state.LogHistory.Add(LogHistory.Of(entry));
            observer.Logged(entry);
            state.SinceLog = new();
        }
    }

    public void Evaluating(long step) => observer.Evaluating(step);

    public void Evaluated(TrainingState state, EvaluationResult result, bool isBest)
    {
        EvaluationReport report = new(state.Step, plan.EpochAfter(state.Step), result, isBest);
        state.LogHistory.Add(LogHistory.Of(report));
        observer.Evaluated(report);
    }

    public void CheckpointWritten(long step, string path) => observer.CheckpointWritten(step, path);

    public void Warn(string message) => observer.Warning(message);

    public void Finished(TrainingResult result) => observer.Finished(result);

    private void WarnOnce(string kind, string message)
    {
        if (_said.Add(kind))
            Warn(message + " (Further ones are not reported.)");
    }
}
