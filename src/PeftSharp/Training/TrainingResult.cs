namespace PeftSharp.Training;

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>True if the run was cancelled before its end; <see cref="Checkpoint"/>, if there is one, is where to go on from.</summary>
    public required bool Stopped { get; init; }

    /// <summary>True if the run ended before its last step because evaluations got no better (<c>early_stopping_patience</c>).</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>The last checkpoint written, or null.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Optimizer steps taken in all, those before a resume included.</summary>
    public required long Steps { get; init; }

    /// <summary>Epochs seen, in parts of one.</summary>
    public required double Epochs { get; init; }

    /// <summary>The mean of the step losses, those before a resume included; NaN if no step had a label.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>Tokens (no padding) trained on, before a resume too.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds, evaluations and checkpoints included; before a resume those up to its checkpoint.</summary>
    public required double Seconds { get; init; }

    /// <summary>The metrics of the last evaluation, or null.</summary>
    public EvaluationResult? LastEvaluation { get; init; }

    /// <summary>The best value of the metric for the best model, or null.</summary>
    public double? BestMetric { get; init; }

    /// <summary>The step of <see cref="BestMetric"/>, or null.</summary>
    public long? BestStep { get; init; }

    /// <summary>True if the adapter now has the weights of <see cref="BestStep"/> (<c>load_best_model_at_end</c>).</summary>
    public bool BestLoaded { get; init; }
}
