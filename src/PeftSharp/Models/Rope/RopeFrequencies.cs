namespace PeftSharp.Models.Rope;

/// <summary>The angle that each pair of a head's rows turns by from one position to the next.</summary>
/// <param name="Usual">Those of every sequence, or of all that are not longer than <see cref="Original"/>: half a head has so many.</param>
/// <param name="MaxPositions">The most positions that the rule is made for.</param>
internal sealed record RopeFrequencies(float[] Usual, int MaxPositions)
{
    /// <summary>What cosines and sines are multiplied by (<c>attention_factor</c>).</summary>
    public double AttentionFactor { get; init; } = 1;

    /// <summary>The longest sequence that <see cref="Usual"/> is for, where <see cref="Longer"/> has others for longer ones.</summary>
    public long Original { get; init; } = long.MaxValue;

    /// <summary>Those of a sequence of so many positions, more than <see cref="Original"/>; null where all sequences have the same.</summary>
    public Func<long, float[]>? Longer { get; init; }
}
