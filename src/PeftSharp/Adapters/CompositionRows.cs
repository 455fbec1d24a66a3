namespace PeftSharp.Adapters;

/// <summary>What a composition becomes when a batch is cut up, put in another order or repeated.</summary>
internal static class CompositionRows
{
    /// <summary>The composition for a batch made of these rows of the given one.</summary>
    /// <param name="composition">The composition of the whole batch.</param>
    /// <param name="count">The rows of the whole batch.</param>
    /// <param name="rows">Which of them, in which order.</param>
    /// <exception cref="ArgumentException">It is a mixed batch of another number of rows.</exception>
    public static Composition Select(this Composition composition, int count, ReadOnlySpan<int> rows)
    {
        if (composition is not Composition.Rows mixed)
            return composition;
        if (mixed.Names.Count != count)
            throw new ArgumentException($"The composition names the adapters of {mixed.Names.Count} rows and there are {count}.", nameof(composition));
        string[] names = new string[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            names[i] = mixed.Names[rows[i]];
        return Composition.ByRow(names);
    }
}
