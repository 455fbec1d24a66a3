namespace PeftSharp.Metrics;

/// <summary>How the tags of a data set name entities, seen from all of them.</summary>
public enum TagNaming
{
    /// <summary>By a prefix: <c>B-PER</c>, <c>I-PER</c>, <c>O</c>.</summary>
    Prefixed,

    /// <summary>By the type alone, with <c>O</c> outside: <c>PER</c>, <c>O</c>; neighbours of one type are one entity.</summary>
    TypesAlone,

    /// <summary>Not at all: numbers, parts of speech.</summary>
    None,
}

/// <summary>Reads <see cref="TagNaming"/> off the names of tags.</summary>
public static class TagNames
{
    private const string Prefixes = "BIESLU";

    /// <summary>The naming of a data set's tags.</summary>
    public static TagNaming Of(IEnumerable<string> tags)
    {
        string[] distinct = [.. tags.Distinct(StringComparer.Ordinal)];
        string[] inside = [.. distinct.Where(tag => tag != "O")];
        return inside.Length > 0 && Array.TrueForAll(inside, HasPrefix) ? TagNaming.Prefixed
            : distinct.Length > inside.Length ? TagNaming.TypesAlone
            : TagNaming.None;
    }

    /// <summary>The tags as <see cref="Entities.Find"/> reads them: types alone get the prefix <c>I-</c>, so that neighbours of one tag are one entity.</summary>
    public static IReadOnlyList<string> WithPrefixes(IReadOnlyList<string> tags, TagNaming naming) =>
        naming == TagNaming.Prefixed ? tags : [.. tags.Select(tag => tag == "O" ? tag : $"I-{tag}")];

    private static bool HasPrefix(string tag) =>
        tag.Length > 0 && Prefixes.Contains(tag[0], StringComparison.Ordinal) && (tag.Length == 1 || tag[1] is '-' or '_');
}
