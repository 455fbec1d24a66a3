namespace PeftSharp.Data;

/// <summary>In which order an epoch visits the examples: always a permutation, always a pure function of its arguments.</summary>
public static class SampleOrder
{
    private const int MostMegabatches = 50;

    /// <summary>0, 1, 2, ...</summary>
    public static int[] Sequential(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        return order;
    }

    /// <summary>A uniformly random order; see <see cref="CounterRandom"/> for the generator.</summary>
    public static int[] Shuffled(int count, ulong seed, int epoch)
    {
        int[] order = Sequential(count);
        new CounterRandom(seed, (ulong)epoch).Shuffle<int>(order);
        return order;
    }

    /// <summary>
    /// Hugging Face's <c>group_by_length</c>: a random order cut into stretches of 50 batches (fewer for small data: a
    /// quarter of all batches, at least 1), each sorted by length, longest first, so that a batch pads little; and the
    /// longest example of all comes first, so that a batch too large for the memory fails at once.
    /// </summary>
    public static int[] LengthGrouped(ReadOnlySpan<int> lengths, int batchSize, ulong seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        int[] order = Shuffled(lengths.Length, seed, epoch);
        int batches = Math.Clamp(lengths.Length / 4 / batchSize, 1, MostMegabatches);
        int stretch = (int)Math.Min((long)batches * batchSize, Math.Max(1, order.Length));
        int longest = 0;
        for (int start = 0; start < order.Length; start += stretch)
        {
            SortLongestFirst(order.AsSpan(start, Math.Min(stretch, order.Length - start)), lengths);
            if (lengths[order[start]] > lengths[order[longest]])
                longest = start;
        }

        if (order.Length > 0)
            (order[0], order[longest]) = (order[longest], order[0]);
        return order;
    }

    /// <summary>Sorts indices by length, longest first; equal lengths keep their order.</summary>
    internal static void SortLongestFirst(Span<int> indices, ReadOnlySpan<int> lengths)
    {
        // A stable sort by one number: length above, place in the order below.
        var keys = new long[indices.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = (-(long)lengths[indices[i]] << 32) | (uint)i;
        keys.AsSpan().Sort(indices);
    }
}
