namespace PeftSharp.Text.Pipeline;

/// <summary>
/// Which tokens of each sequence go into an encoding: the first range is the encoding's, further ones are the pieces
/// that overflow, in the order that Hugging Face lists them.
/// </summary>
internal readonly record struct TruncationPlan(Range[] First, Range[]? Second)
{
    public static TruncationPlan Create(int first, int? second, int specialTokens, TruncationOptions? options)
    {
        if (options is null)
            return Whole(first, second);
        int room = options.MaxLength - specialTokens;
        if (room < 0)
            throw new ArgumentException(
                $"A maximum length of {options.MaxLength} leaves no room for the {specialTokens} special tokens.", nameof(options));
        if (first + (second ?? 0) <= room)
            return Whole(first, second);
        (int keepFirst, int keepSecond) = room == 0 ? (0, 0) : Lengths(first, second, room, options);
        return new TruncationPlan(
            Cut(first, keepFirst, options),
            second is { } length ? Cut(length, keepSecond, options) : null);
    }

    private static TruncationPlan Whole(int first, int? second) =>
        new([Range.EndAt(first)], second is { } length ? [Range.EndAt(length)] : null);

    private static (int First, int Second) Lengths(int first, int? second, int room, TruncationOptions options)
    {
        int excess = first + (second ?? 0) - room;
        switch (options.Strategy)
        {
            case TruncationStrategy.OnlyFirst:
                return (Shorten(first, excess, "first"), second ?? 0);
            case TruncationStrategy.OnlySecond:
                return second is { } length
                    ? (first, Shorten(length, excess, "second"))
                    : throw new ArgumentException("Truncation of the second sequence only needs a second sequence.", nameof(second));
            default:
                return second is { } other ? LongestFirst(first, other, room) : (room, 0);
        }
    }

    private static int Shorten(int length, int excess, string which) => length > excess
        ? length - excess
        : throw new ArgumentException(
            $"The {which} sequence has {length} tokens, too few to remove the {excess} that exceed the maximum length.", nameof(length));

    /// <summary>The shorter one keeps its length if that is no more than half the room; else each gets half, the longer one more.</summary>
    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        bool swap = first > second;
        int shorter = swap ? second : first;
        int longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }
        return swap ? (longer, shorter) : (shorter, longer);
    }

    private static Range[] Cut(int length, int keep, TruncationOptions options)
    {
        if (keep >= length)
            return [Range.EndAt(length)];
        if (keep == 0)
            return options.KeepOverflow ? [Range.EndAt(0), Range.EndAt(length)] : [Range.EndAt(0)];
        if (options.Stride < 0 || options.Stride >= keep)
            throw new ArgumentException(
                $"A stride of {options.Stride} must be at least 0 and less than the {keep} tokens that a piece has room for.", nameof(options));
        bool left = options.Direction == TextSide.Left;
        if (!options.KeepOverflow)
            return [left ? new Range(length - keep, length) : Range.EndAt(keep)];
        List<Range> pieces = [];
        int step = keep - options.Stride;
        for (int at = 0; ; at += step)
        {
            int near = at, far = Math.Min(at + keep, length);
            pieces.Add(left ? new Range(length - far, length - near) : new Range(near, far));
            if (far == length)
                return [.. pieces];
        }
    }
}
