namespace PeftSharp.Training;

/// <summary>Training cannot go on: the loss or a gradient is no finite number.</summary>
public sealed class TrainingException : PeftException
{
    internal TrainingException(string message, long step, IReadOnlyList<int> examples, string? checkpoint) : base(message)
    {
        Step = step;
        Examples = examples;
        Checkpoint = checkpoint;
    }

    /// <summary>The optimizer step that failed, from 1; the weights are those after the step before.</summary>
    public long Step { get; }

    /// <summary>The indices of the examples of the batch that failed.</summary>
    public IReadOnlyList<int> Examples { get; }

    /// <summary>The last checkpoint written before, or null.</summary>
    public string? Checkpoint { get; }
}
