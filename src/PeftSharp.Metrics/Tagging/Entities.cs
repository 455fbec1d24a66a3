namespace PeftSharp.Metrics;

/// <summary>Finds the entities that a sequence of tags marks, as seqeval does.</summary>
public static class Entities
{
    private static readonly Tag Outside = new('O', "_");

    /// <summary>The entities of one sequence, in order.</summary>
    /// <param name="tags">One tag a token.</param>
    /// <param name="scheme">What the prefixes mean.</param>
    /// <exception cref="ArgumentException">A tag is empty, or has a prefix that a strict scheme does not know.</exception>
    public static IReadOnlyList<Entity> Find(IReadOnlyList<string> tags, TagScheme scheme = TagScheme.Lenient)
    {
        var parsed = new Tag[tags.Count + 1];
        parsed[^1] = Outside;
        for (int i = 0; i < tags.Count; i++)
        {
            string tag = tags[i];
            if (string.IsNullOrEmpty(tag))
                throw new ArgumentException($"The tag of token {i} is empty; a token outside of all entities is \"O\".", nameof(tags));
            parsed[i] = new(tag[0], TypeOf(tag, scheme));
        }

        return scheme == TagScheme.Lenient ? FindLenient(parsed) : FindStrict(parsed, StrictScheme.Of(scheme), scheme);
    }

    private static string TypeOf(string tag, TagScheme scheme)
    {
        string rest = tag[1..];
        // seqeval cuts the first hyphen off in one mode and all outer ones in the other.
        string type = scheme == TagScheme.Lenient ? rest[(rest.IndexOf('-', StringComparison.Ordinal) + 1)..] : rest.Trim('-');
        return type.Length == 0 ? Outside.Type : type;
    }

    private static List<Entity> FindLenient(Tag[] tags)
    {
        List<Entity> found = [];
        Tag previous = Outside;
        int begin = 0;
        for (int i = 0; i < tags.Length; i++)
        {
            Tag tag = tags[i];
            bool changed = previous.Type != tag.Type;
            if (previous.Prefix is 'E' or 'S'
                || (previous.Prefix is 'B' or 'I' && tag.Prefix is 'B' or 'S' or 'O')
                || (previous.Prefix is not ('O' or '.') && changed))
                found.Add(new(previous.Type, begin, i - 1));
            if (tag.Prefix is 'B' or 'S'
                || (previous.Prefix is 'E' or 'S' or 'O' && tag.Prefix is 'E' or 'I')
                || (tag.Prefix is not ('O' or '.') && changed))
                begin = i;
            previous = tag;
        }

        return found;
    }

    private static List<Entity> FindStrict(Tag[] tags, StrictScheme scheme, TagScheme name)
    {
        for (int i = 0; i < tags.Length; i++)
            if (!scheme.Prefixes.Contains(tags[i].Prefix, StringComparison.Ordinal))
                throw new ArgumentException($"The tag of token {i} begins with \"{tags[i].Prefix}\"; {name} knows {string.Join(", ", scheme.Prefixes.ToArray())}.", nameof(tags));
        List<Entity> found = [];
        Tag previous = Outside;
        for (int i = 0; i < tags.Length;)
        {
            if (!scheme.Starts(previous, tags[i]))
            {
                previous = tags[i++];
                continue;
            }

            // The sentinel O is inside of nothing, so this stops in time.
            int past = i + 1;
            while (past < tags.Length && scheme.Continues(tags[past - 1], tags[past]))
                past++;
            if (past < tags.Length && scheme.Ends(tags[past - 1], tags[past]))
                found.Add(new(tags[i].Type, i, past - 1));
            previous = tags[past - 1];
            i = past;
        }

        return found;
    }
}
