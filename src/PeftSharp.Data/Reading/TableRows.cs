namespace PeftSharp.Data;

/// <summary>What CSV and TSV files have in common: names for the columns, the same number of fields in every row.</summary>
internal sealed class TableRows(string path, ReadOptions options)
{
    private ColumnSet? _columns;
    private bool _any;

    /// <summary>The number of columns once it is known.</summary>
    public int? ColumnCount => _columns?.Names.Length ?? options.Columns?.Count;

    /// <summary>The row of these fields, or null if they are the header.</summary>
    public DataRow? Accept(RowPlace place, ReadOnlySpan<string> fields)
    {
        if (_columns is null)
        {
            bool header = options.FirstLineIsHeader;
            _columns = options.Columns is null
                ? new(Names(place, fields)) { HeaderHint = $" They are the first line; if the file has no header, name its columns from left to right: columns: [{Example(fields.Length)}] (--columns {Example(fields.Length)})." }
                : new([.. options.Columns]);
            if (header)
            {
                RequireCount(place, fields.Length, _columns.Names);
                return null;
            }
        }

        RequireCount(place, fields.Length, _columns.Names);
        var values = new DataValue[_columns.Names.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = DataValue.Text(fields[i]);
        _any = true;
        return new DataRow(place, _columns, values);
    }

    /// <summary>Called at the end of the file.</summary>
    public void RequireRows()
    {
        if (_columns is null)
            throw new InvalidDataException($"{path} is empty.");
        if (!_any)
            throw new InvalidDataException($"{path} has a header ({NearestName.List(_columns.Names)}) and no rows.");
    }

    private static string Example(int count) => string.Join(',', Enumerable.Range(1, count).Select(i => i switch { 1 => "text", 2 => "label", _ => $"column{i}" }));

    private static string[] Names(RowPlace place, ReadOnlySpan<string> fields)
    {
        // An empty name is no error: pandas writes its row numbers under one. It just cannot be asked for.
        string[] names = fields.ToArray();
        string? doubled = names.Where(n => n.Length > 0).GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        return doubled is null
            ? names
            : throw place.Error($"the header has \"{doubled}\" twice; if the file has no header, name its columns with `columns` (--columns {Example(names.Length)}).");
    }

    private void RequireCount(RowPlace place, int count, string[] names)
    {
        if (count == names.Length || (count > names.Length && options.IgnoreExtraFields))
            return;
        throw place.Error(
            $"{count} field{(count == 1 ? "" : "s")} where {names.Length} {(names.Length == 1 ? "is" : "are")} expected "
            + $"(the columns are {NearestName.List(names)}).");
    }
}
