namespace PeftSharp.Adapters;

/// <summary>What a composition is for the single rows of a batch.</summary>
internal static class CompositionRows
{
    /// <summary>The composition for a batch made of these rows of the given one.</summary>
    /// <param name="composition">The composition of the whole batch.</param>
    /// <param name="count">The rows of the whole batch.</param>
    /// <param name="rows">Which of them, in which order.</param>
    /// <exception cref="ArgumentException">It is a mixed batch of another number of rows.</exception>
    public static Composition Select(this Composition composition, int count, ReadOnlySpan<int> rows)
    {
        if (composition.Expand(count) is not { } all)
            return composition;
        if (all.Count != count)
            throw new ArgumentException($"The composition {composition} makes {all.Count} rows out of {count}, so it cannot be cut up.", nameof(composition));
        Composition[] picked = new Composition[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            picked[i] = all[rows[i]];
        return Composition.ByRows(picked);
    }

    /// <summary>The number of rows that a composition is for, or null where it takes any.</summary>
    public static int? BatchOf(this Composition composition) => composition.Kind switch
    {
        CompositionKind.Rows => composition.Children.Count,
        CompositionKind.BatchSplit => (int)composition.Numbers.Sum(),
        _ => composition.Children.Select(BatchOf).FirstOrDefault(size => size is not null),
    };

    /// <summary>True where the batch is repeated.</summary>
    public static bool HasParallel(this Composition composition) =>
        composition.Kind == CompositionKind.Parallel || composition.Children.Any(HasParallel);

    /// <summary>
    /// One composition for each row, free of rows, batch splits and parallels, or null where all rows do the same. More
    /// rows than the batch has mean that it is repeated as a whole.
    /// </summary>
    /// <exception cref="ArgumentException">Sizes do not add up to the batch.</exception>
    public static IReadOnlyList<Composition>? Expand(this Composition composition, int batch)
    {
        switch (composition.Kind)
        {
            case CompositionKind.Rows:
                if (composition.Children.Count != batch)
                    throw new ArgumentException($"The composition names the adapters of {composition.Children.Count} rows and there are {batch}.", nameof(composition));
                return composition.Children;
            case CompositionKind.Parallel:
                return [.. composition.Children.SelectMany(child => AllRows(child, batch))];
            case CompositionKind.BatchSplit:
                if ((int)composition.Numbers.Sum() != batch)
                    throw new ArgumentException($"{composition} is for {composition.Numbers.Sum()} rows and there are {batch}; the sizes must add up to the batch.", nameof(composition));
                return [.. composition.Children.SelectMany((child, i) => SameCount(child, AllRows(child, (int)composition.Numbers[i]), (int)composition.Numbers[i]))];
            case CompositionKind.Single or CompositionKind.Fuse:
                return null;
            default:
                return Zip(composition, batch);
        }
    }

    /// <summary>A stack, split or average of which some child differs by row.</summary>
    private static Composition[]? Zip(Composition composition, int batch)
    {
        IReadOnlyList<Composition>?[] parts = [.. composition.Children.Select(child => child.Expand(batch))];
        int count = parts.Max(part => part?.Count) ?? 0;
        if (count == 0)
            return null;
        if (parts.Any(part => part is not null && part.Count != count && part.Count != batch))
            throw new ArgumentException($"The parts of {composition} repeat the batch a different number of times.", nameof(composition));
        return [.. Enumerable.Range(0, count).Select(row => composition.With(
            [.. parts.Select((part, i) => part is null ? composition.Children[i] : part[row % part.Count])]))];
    }

    private static IReadOnlyList<Composition> AllRows(Composition child, int batch) =>
        child.Expand(batch) ?? [.. Enumerable.Repeat(child, batch)];

    private static IReadOnlyList<Composition> SameCount(Composition child, IReadOnlyList<Composition> rows, int batch) =>
        rows.Count == batch
            ? rows
            : throw new ArgumentException($"{child} inside BatchSplit repeats its rows; put Parallel outside.", nameof(child));
}
