namespace PeftSharp.Data;

/// <summary>
/// The columns of text classification where a text may have any number of labels: one column that lists them (a JSON or
/// Python list, or names with a separator between them), or several with 0 or 1 that have the names of the labels.
/// </summary>
/// <param name="Text">The text.</param>
/// <param name="TextPair">A second text, for tasks on pairs.</param>
/// <param name="Labels">The column that lists the labels, or one column a label; null for data without labels.</param>
/// <param name="Separator">What stands between labels in a cell that is no list; null: the cell is one label.</param>
public sealed record MultiLabelColumns(string Text, string? TextPair, ColumnNames? Labels, string? Separator)
{
    /// <summary>The sample of a row; an empty cell is a text without labels.</summary>
    /// <exception cref="InvalidDataException">A column is missing, a list has an empty item, or a column of 0 and 1 holds something else.</exception>
    public MultiLabelSample Read(DataRow row) =>
        new(row.Text(Text), TextPair is null ? null : row.Text(TextPair), Labels is null ? null : Items(row), row.Place);

    private string[] Items(DataRow row) =>
        Labels!.Single is { } column ? Listed(row, column) : [.. Labels.All.Where(label => Holds(row, label))];

    private string[] Listed(DataRow row, string column)
    {
        if (row.ListIn(column) is not null)
        {
            string[] items = [.. row.TextList(column).Select(item => item.Trim())];
            return Array.Exists(items, item => item.Length == 0) ? throw row.Place.Fault($"an empty item in \"{column}\"", $"column \"{column}\" lists an empty label.") : items;
        }
        if (row[column].Kind == DataKind.Null)
            return [];
        string cell = row.Text(column);
        return Separator is null
            ? (cell.Trim() is { Length: > 0 } one ? [one] : [])
            : cell.Split(Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Holds(DataRow row, string column) => LabelSets.Flag(row.Text(column).Trim()) switch
    {
        { } flag => flag,
        null when string.IsNullOrWhiteSpace(row.Text(column)) => throw row.Place.Fault($"no 0 or 1 in \"{column}\"", $"the label, column \"{column}\", is empty; it must hold 0 or 1."),
        _ => throw row.Wrong(column, "0 or 1", row[column]),
    };
}

/// <summary>A text, or a pair of texts, and the labels that hold.</summary>
/// <param name="Text">The text.</param>
/// <param name="TextPair">The second text of a pair.</param>
/// <param name="Labels">The labels as written, maybe none; null if the data has none.</param>
/// <param name="Place">Where it stands.</param>
public sealed record MultiLabelSample(string Text, string? TextPair, IReadOnlyList<string>? Labels, RowPlace Place);
