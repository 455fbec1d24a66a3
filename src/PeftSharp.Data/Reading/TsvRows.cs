namespace PeftSharp.Data;

internal static class TsvRows
{
    public static IEnumerable<DataRow> Read(string path, ReadOptions options)
    {
        char delimiter = options.Delimiter ?? '\t';
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
}
