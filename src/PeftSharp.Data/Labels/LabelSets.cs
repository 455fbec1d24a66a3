namespace PeftSharp.Data;

/// <summary>Sets of labels as they are written: names, or a vector of 0 and 1 with a place for each label, as Hugging Face's models take them.</summary>
public static class LabelSets
{
    /// <summary>
    /// Whether the lists of a data set are such vectors: all of one length above 1, and nothing but 0 and 1 in them.
    /// </summary>
    /// <param name="sets">The lists of all rows.</param>
    /// <param name="names">The labels, where they are known: there must be as many, and none named 0 or 1.</param>
    public static bool AreVectors(IEnumerable<IReadOnlyList<string>> sets, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(sets);
        int length = names?.Count ?? 0;
        if (names?.Any(name => Flag(name) is not null) == true)
            return false;
        bool any = false;
        foreach (IReadOnlyList<string> set in sets)
        {
            length = length == 0 ? set.Count : length;
            if (set.Count != length || length < 2 || !set.All(item => Flag(item) is not null))
                return false;
            any = true;
        }
        return any;
    }

    /// <summary>For each label whether it holds.</summary>
    /// <param name="set">Names of labels, or a vector.</param>
    /// <param name="labels">All labels.</param>
    /// <param name="areVectors">Which of both (<see cref="AreVectors"/>).</param>
    /// <param name="place">Where it was read, for the message.</param>
    /// <exception cref="InvalidDataException">A label is not known.</exception>
    public static bool[] ToFlags(IReadOnlyList<string> set, LabelMap labels, bool areVectors, RowPlace place)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(labels);
        if (areVectors)
            return [.. set.Select(item => Flag(item) == true)];
        var flags = new bool[labels.Count];
        foreach (string label in set)
            flags[labels.IdOf(label, place)] = true;
        return flags;
    }

    /// <summary>0 and 1, also as 0.0, 1.0, false and true; null for anything else.</summary>
    internal static bool? Flag(string written) => written switch
    {
        "1" or "1.0" or "1." or "true" or "True" or "TRUE" => true,
        "0" or "0.0" or "0." or "false" or "False" or "FALSE" => false,
        _ => null,
    };
}
