namespace PeftSharp.Text;

/// <summary>Which sequence of a pair loses tokens.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, until both are equally long; then both.</summary>
    LongestFirst,

    /// <summary>The first one only.</summary>
    OnlyFirst,

    /// <summary>The second one only.</summary>
    OnlySecond,
}

/// <summary>An end of a sequence.</summary>
public enum TextSide
{
    /// <summary>The end.</summary>
    Right,

    /// <summary>The beginning.</summary>
    Left,
}

/// <summary>How an encoding is shortened.</summary>
/// <param name="MaxLength">The most tokens an encoding may have, special tokens included.</param>
public sealed record TruncationOptions(int MaxLength)
{
    /// <summary>Which sequence of a pair loses tokens.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>The side on which tokens are removed.</summary>
    public TextSide Direction { get; init; }

    /// <summary>How many tokens each further piece repeats from the piece before.</summary>
    public int Stride { get; init; }

    /// <summary>Whether what was cut off is kept as further pieces in <see cref="Encoding.Overflowing"/>.</summary>
    public bool KeepOverflow { get; init; }
}
