namespace PeftSharp.Data;

/// <summary>
/// Which examples form the batches of one epoch. A pure function of its arguments, so that a run resumed at any step sees
/// the batches it would have seen; every example is in exactly one batch, unless the last, smaller batch is dropped.
/// </summary>
public sealed class BatchPlan
{
    private readonly int[] _order;

    private BatchPlan(int[] order, int batchSize, bool dropLast)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        int count = dropLast ? order.Length / batchSize * batchSize : order.Length;
        _order = count == order.Length ? order : order[..count];
        BatchSize = batchSize;
    }

    /// <summary>Rows in every batch but the last.</summary>
    public int BatchSize { get; }

    /// <summary>The number of batches.</summary>
    public int Count => (int)(((long)_order.Length + BatchSize - 1) / BatchSize);

    /// <summary>The number of examples in all batches.</summary>
    public int ExampleCount => _order.Length;

    /// <summary>The indices of the examples of a batch.</summary>
    public ReadOnlySpan<int> this[int batch]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(batch);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(batch, Count);
            int start = batch * BatchSize;
            return _order.AsSpan(start, Math.Min(BatchSize, _order.Length - start));
        }
    }

    /// <summary>The batches of a training epoch.</summary>
    /// <param name="lengths">The length of every example in tokens.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0: each has an order of its own.</param>
    /// <param name="groupByLength">Put examples of like length together (<see cref="SampleOrder.LengthGrouped"/>).</param>
    /// <param name="dropLast">Leave out a last batch that is smaller than the others.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is not positive.</exception>
    public static BatchPlan ForTraining(
        ReadOnlySpan<int> lengths, int batchSize, ulong seed, int epoch, bool groupByLength = false, bool dropLast = false) =>
        new(
            groupByLength ? SampleOrder.LengthGrouped(lengths, batchSize, seed, epoch) : SampleOrder.Shuffled(lengths.Length, seed, epoch),
            batchSize,
            dropLast);

    /// <summary>Batches in the order of the data.</summary>
    public static BatchPlan Sequential(int count, int batchSize) => new(SampleOrder.Sequential(count), batchSize, dropLast: false);

    /// <summary>Batches for evaluation: all examples, sorted by length, longest first. <see cref="Restore"/> undoes the order.</summary>
    public static BatchPlan ForEvaluation(ReadOnlySpan<int> lengths, int batchSize)
    {
        int[] order = SampleOrder.Sequential(lengths.Length);
        SampleOrder.SortLongestFirst(order, lengths);
        return new(order, batchSize, dropLast: false);
    }

    /// <summary>Puts results that were collected batch after batch back into the order of the data.</summary>
    /// <exception cref="ArgumentException">There is not one result for every example of the plan, or the plan dropped some examples.</exception>
    public T[] Restore<T>(IReadOnlyList<T> results)
    {
        if (results.Count != _order.Length)
            throw new ArgumentException($"{results.Count} results for {_order.Length} examples.", nameof(results));
        var restored = new T[_order.Length];
        for (int i = 0; i < _order.Length; i++)
        {
            if (_order[i] >= restored.Length)
                throw new ArgumentException("The plan dropped its last batch, so the order of the data cannot be restored.");
            restored[_order[i]] = results[i];
        }

        return restored;
    }
}
