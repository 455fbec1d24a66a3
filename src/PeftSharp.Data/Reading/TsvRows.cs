namespace PeftSharp.Data;

internal static class TsvRows
{
    private const char Tab = '\t';

    public static IEnumerable<DataRow> Read(string path, ReadOptions options) =>
        options.FirstLineIsHeader && DataReader.Regular(path) && IsQuoted(path, options.Delimiter ?? Tab) ? CsvRows.Read(path, options, Tab) : ReadPlain(path, options);

    private static IEnumerable<DataRow> ReadPlain(string path, ReadOptions options)
    {
        char delimiter = options.Delimiter ?? Tab;
        TableRows table = new(path, options);
        foreach ((RowPlace place, string text) in Utf8Lines.Read(path))
        {
            if (text.Length == 0 && table.ColumnCount != 1)
                continue;
            if (table.Accept(place, text.Split(delimiter)) is { } row)
                yield return row;
        }

        table.RequireRows();
    }

    /// <summary>Whether every name of the header stands in quotation marks: then the fields do too, and may hold tabs and line breaks.</summary>
    private static bool IsQuoted(string path, char delimiter)
    {
        string? header = Utf8Lines.Read(path).Select(line => line.Text).FirstOrDefault(text => text.Length > 0);
        return header is not null && Array.TrueForAll(
            header.Split(delimiter), name => name.Length >= 2 && name[0] == '"' && name[^1] == '"' && !name.AsSpan(1, name.Length - 2).Contains('"'));
    }
}
