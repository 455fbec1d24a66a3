namespace PeftSharp.Data;

/// <summary>"Did you mean ...?": the known name that a misspelt one probably stands for.</summary>
public static class NearestName
{
    private const int LongestCompared = 64;
    private const int MostListed = 30;

    /// <summary>
    /// The known name with the smallest edit distance, or null if none is near: at most a third of the length differs,
    /// letter case not counted.
    /// </summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        if (name.Length > LongestCompared)
            return null;
        string? best = null;
        int least = int.MaxValue;
        string wanted = name.ToUpperInvariant();
        foreach (string candidate in known)
        {
            if (candidate.Length is 0 or > LongestCompared)
                continue;
            int distance = Distance(wanted, candidate.ToUpperInvariant());
            if (distance < least && distance <= Math.Max(1, Math.Max(name.Length, candidate.Length) / 3))
                (best, least) = (candidate, distance);
        }

        return best;
    }

    /// <summary>" (did you mean "X"?)", or nothing if no name is near.</summary>
    public static string Suggestion(string name, IEnumerable<string> known) =>
        Find(name, known) is { } found ? $" (did you mean \"{found}\"?)" : "";

    /// <summary>The names for an error message, quoted and cut after the thirtieth: <c>"a", "b", ... (70 more)</c>.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MostListed).Select(n => $"\"{n}\""))
        + (names.Count > MostListed ? $", ... ({names.Count - MostListed} more)" : "");

    // Levenshtein with one row; swapped neighbours count as two edits.
    private static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[LongestCompared + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
