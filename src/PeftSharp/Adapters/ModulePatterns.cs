namespace PeftSharp.Adapters;

/// <summary>Settings of single modules: <c>rank_pattern</c> and <c>alpha_pattern</c>.</summary>
internal static class ModulePatterns
{
    /// <summary>Each is tried on each module, so a file with very many would keep the processor busy for minutes.</summary>
    private const int MostExpressions = 1000;

    /// <summary>The value of the first pattern that the path, or an ending of it, matches as a whole; null for none.</summary>
    public static double? Find(IReadOnlyDictionary<string, double> patterns, string path)
    {
        int expressions = 0;
        foreach ((string pattern, double value) in patterns)
        {
            if (IsName(pattern))
            {
                if (IsEnding(pattern, path))
                    return value;
                continue;
            }
            if (++expressions > MostExpressions)
                throw new PeftException($"rank_pattern or alpha_pattern has more than {MostExpressions} regular expressions; name the modules instead, or leave the rest out.");
            if (PythonRegex.FullMatch($@"(.*\.)?({pattern})", path))
                return value;
        }
        return null;
    }

    /// <summary>True for a pattern without an operator but the point. Files may have one for each module.</summary>
    private static bool IsName(string pattern) => pattern.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>What the regular expression would say, without one: a point stands for any character.</summary>
    private static bool IsEnding(string pattern, string path)
    {
        int start = path.Length - pattern.Length;
        if (start < 0 || (start > 0 && path[start - 1] != '.'))
            return false;
        for (int i = 0; i < pattern.Length; i++)
            if (pattern[i] != '.' && pattern[i] != path[start + i])
                return false;
        return true;
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
