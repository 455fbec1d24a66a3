namespace PeftSharp.Data;

internal static class TextRows
{
    public static IEnumerable<DataRow> Read(string path, ReadOptions options)
    {
        if (options.Columns is { Count: > 1 })
            throw new ArgumentException($"columns: {options.Columns.Count} names for {path}, but a text file has one column.");
        ColumnSet columns = new([options.Columns?[0] ?? "text"]);
        return Rows(path, columns);
    }

    private static IEnumerable<DataRow> Rows(string path, ColumnSet columns)
    {
        bool any = false;
        foreach ((RowPlace place, string text) in Utf8Lines.Read(path))
        {
            any = true;
            yield return new DataRow(place, columns, [DataValue.Text(text)]);
        }

        if (!any)
            throw new InvalidDataException($"{path} is empty.");
    }
}
