namespace PeftSharp.Metrics;

/// <summary>
/// One strict scheme as patterns over two neighbouring tags, written "PREVIOUS CURRENT": <c>=</c> between them asks for the
/// same type, <c>!</c> for another, a space for any; <c>*</c> stands for any prefix. The patterns are seqeval's.
/// </summary>
internal sealed class StrictScheme(string prefixes, string starts, string insides, string ends)
{
    private readonly string[] _starts = starts.Split(','), _insides = insides.Split(','), _ends = ends.Split(',');

    public static StrictScheme Of(TagScheme scheme) => scheme switch
    {
        TagScheme.Iob1 => new("IOB", "O I,I!I,B I,I=B,B=B", "B=I,I=I", "I!I,I O,I B,B O,B!I,B=B"),
        TagScheme.Iob2 => new("IOB", "* B", "B=I,I=I", "I O,I!I,I B,B O,B!I,B B"),
        TagScheme.Ioe1 => new("IOE", "O I,I!I,E I,E=E", "I=I,I=E", "I!I,I O,I!E,E=I,E=E"),
        TagScheme.Ioe2 => new("IOE", "O I,O E,E I,E E,I!I,I!E", "I=E,I=I", "E *"),
        TagScheme.Iobes => new("IOBES", "* B,* S", "B=I,B=E,I=I,I=E", "S *,E *"),
        TagScheme.Bilou => new("IOBLU", "* B,* U", "B=I,B=L,I=I,I=L", "U *,L *"),
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "Not a strict scheme."),
    };

    public string Prefixes => prefixes;

    public bool Starts(Tag previous, Tag current) => Matches(_starts, previous, current);

    public bool Continues(Tag previous, Tag current) => Matches(_insides, previous, current);

    public bool Ends(Tag previous, Tag current) => Matches(_ends, previous, current);

    private static bool Matches(string[] patterns, Tag previous, Tag current)
    {
        foreach (string pattern in patterns)
            if ((pattern[0] == '*' || pattern[0] == previous.Prefix)
                && (pattern[2] == '*' || pattern[2] == current.Prefix)
                && (pattern[1] == ' ' || (pattern[1] == '=') == (previous.Type == current.Type)))
                return true;
        return false;
    }
}

/// <summary>A tag taken apart.</summary>
internal readonly record struct Tag(char Prefix, string Type);
