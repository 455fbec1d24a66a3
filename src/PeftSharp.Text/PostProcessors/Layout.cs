namespace PeftSharp.Text.PostProcessors;

/// <summary>A stretch of an encoding: sequence 0 or 1 (<see cref="Sequence"/>), or the special tokens <see cref="SpecialIds"/>.</summary>
internal sealed record LayoutPart(int Sequence, int TypeId, int[] SpecialIds)
{
    public bool IsSpecial => Sequence < 0;

    public static LayoutPart Of(int sequence, int typeId) => new(sequence, typeId, []);

    public static LayoutPart Special(int typeId, params int[] ids) => new(-1, typeId, ids);
}

/// <summary>The order of sequences and special tokens in an encoding.</summary>
internal sealed class Layout
{
    public Layout(params LayoutPart[] parts)
    {
        Parts = parts;
        SpecialCount = parts.Sum(p => p.SpecialIds.Length);
    }

    /// <summary>What holds where no post-processor says otherwise.</summary>
    public static Layout Single { get; } = new(LayoutPart.Of(0, 0));

    /// <inheritdoc cref="Single"/>
    public static Layout Pair { get; } = new(LayoutPart.Of(0, 0), LayoutPart.Of(1, 1));

    public LayoutPart[] Parts { get; }

    /// <summary>How many special tokens it adds.</summary>
    public int SpecialCount { get; }
}
