namespace PeftSharp.Training;

/// <summary>What a run is about to do.</summary>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="Epochs">Epochs in all, in parts of one.</param>
/// <param name="StepsPerEpoch">Optimizer steps of an epoch.</param>
/// <param name="Examples">Training examples.</param>
/// <param name="TrainableCount">Trainable values.</param>
/// <param name="ResumedStep">The steps taken before; 0 for a new run.</param>
/// <param name="ResumedFrom">The checkpoint the run goes on from, or null.</param>
public sealed record TrainingStart(
    long TotalSteps, double Epochs, long StepsPerEpoch, int Examples, long TrainableCount, long ResumedStep, string? ResumedFrom)
{
    /// <summary>What <c>cache_frozen_layers</c> does in this run, for people; null where it does nothing.</summary>
    public string? FrozenLayers { get; init; }
}

/// <summary>One optimizer step.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Epoch">Epochs seen after it.</param>
/// <param name="Loss">The mean loss over the labels of its batch.</param>
/// <param name="LearningRate">The learning rate it used.</param>
/// <param name="GradientNorm">The norm of all gradients together, before clipping.</param>
/// <param name="Tokens">Tokens of its batch, without padding.</param>
/// <param name="Seconds">How long it took.</param>
public readonly record struct StepReport(
    long Step, double Epoch, double Loss, double LearningRate, double GradientNorm, long Tokens, double Seconds)
{
    /// <summary>Tokens a second.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;

    /// <summary>Pages of memory that the process touched for the first time in this step: few where memory is reused. 0 where the system does not say.</summary>
    public long PageFaults { get; init; }

    /// <summary>What the process has in memory after it, libraries and mapped files included.</summary>
    public long ResidentBytes { get; init; }
}

/// <summary>The steps since the last entry of the log.</summary>
/// <param name="Step">The step after which it was made.</param>
/// <param name="Epoch">Epochs seen.</param>
/// <param name="Loss">The mean of the step losses.</param>
/// <param name="LearningRate">That of the last step.</param>
/// <param name="GradientNorm">That of the last step.</param>
/// <param name="TokensPerSecond">The mean speed.</param>
public sealed record LogEntry(
    long Step, double Epoch, double Loss, double LearningRate, double GradientNorm, double TokensPerSecond);

/// <summary>One evaluation.</summary>
/// <param name="Step">The step after which it was made.</param>
/// <param name="Epoch">Epochs seen.</param>
/// <param name="Result">The scores.</param>
/// <param name="IsBest">True if it is better than all before, by the metric for the best model.</param>
public sealed record EvaluationReport(long Step, double Epoch, EvaluationResult Result, bool IsBest);
