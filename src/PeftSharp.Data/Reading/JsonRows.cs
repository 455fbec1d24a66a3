namespace PeftSharp.Data;

/// <summary>
/// A <c>.json</c> or <c>.jsonl</c> file, by its content: one array of objects, or an object a line. Many data sets call
/// either by the name of the other.
/// </summary>
internal static class JsonRows
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">Whether a file that begins with neither bracket is one of lines.</param>
    public static IEnumerable<DataRow> Read(string path, bool lines) => FirstByte(path) switch
    {
        '[' => ReadArray(path),
        '{' => JsonlRows.Read(path),
        _ => lines ? JsonlRows.Read(path) : ReadArray(path),
    };

    private static IEnumerable<DataRow> ReadArray(string path)
    {
        JsonRowBuilder builder = new();
        using JsonArrayElements elements = new(path);
        bool any = false;
        if (FirstByte(path) < 0)
            throw new InvalidDataException($"{path} is empty.");
        while (elements.Next())
        {
            any = true;
            yield return builder.Row(elements.Place, elements.Element);
        }

        if (!any)
            throw new InvalidDataException($"{path} holds an empty array.");
    }

    /// <summary>The first byte that is no white space and no byte order mark; −1 where there is none.</summary>
    internal static int FirstByte(string path)
    {
        using BufferedStream file = new(File.OpenRead(path), 4096);
        int at, seen = 0;
        do
            at = file.ReadByte();
        while (at is ' ' or '\t' or '\r' or '\n' || (seen++ < 3 && at is 0xEF or 0xBB or 0xBF));
        return at;
    }
}
