namespace PeftSharp.Adapters;

/// <summary>Settings of single modules: <c>rank_pattern</c> and <c>alpha_pattern</c>.</summary>
internal static class ModulePatterns
{
    /// <summary>The value of the first pattern that the path, or an ending of it, matches as a whole; null for none.</summary>
    public static double? Find(IReadOnlyDictionary<string, double> patterns, string path)
    {
        foreach ((string pattern, double value) in patterns)
            if (SafeRegex.WholeMatch($@"(.*\.)?({pattern})", path))
                return value;
        return null;
    }

    /// <summary>The rank of a module.</summary>
    /// <exception cref="PeftException">It is no whole number above 0.</exception>
    public static int Rank(int rank, IReadOnlyDictionary<string, double> patterns, string path) =>
        Find(patterns, path) switch
        {
            null => rank >= 1 ? rank : throw new PeftException($"r is {rank}; a rank is at least 1."),
            >= 1 and <= int.MaxValue and var own when own == Math.Floor(own) => (int)own,
            var own => throw new PeftException($"rank_pattern gives '{path}' the rank {own}; a rank is a whole number of at least 1."),
        };
}
