namespace PeftSharp.Training;

/// <summary>When something is done during training.</summary>
public enum IntervalStrategy
{
    /// <summary>Never (<c>no</c>).</summary>
    No,

    /// <summary>After every so many optimizer steps (<c>steps</c>).</summary>
    Steps,

    /// <summary>After every epoch (<c>epoch</c>).</summary>
    Epoch,
}

/// <summary>The names of <see cref="IntervalStrategy"/>.</summary>
internal static class IntervalStrategies
{
    public static readonly IReadOnlyList<(IntervalStrategy, string)> Names =
        [(IntervalStrategy.No, "no"), (IntervalStrategy.Steps, "steps"), (IntervalStrategy.Epoch, "epoch")];
}
