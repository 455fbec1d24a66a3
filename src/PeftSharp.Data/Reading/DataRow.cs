using System.Globalization;

namespace PeftSharp.Data;

/// <summary>
/// One row of a file. A column is addressed by its name; a member of a JSON object by the names joined with dots,
/// <c>answers.text</c>. Every accessor throws <see cref="InvalidDataException"/> that names the file, the line and the
/// columns that exist.
/// </summary>
public sealed class DataRow
{
    private readonly ColumnSet _columns;
    private readonly DataValue[] _values;

    internal DataRow(RowPlace place, ColumnSet columns, DataValue[] values)
    {
        Place = place;
        _columns = columns;
        _values = values;
    }

    /// <summary>A row of texts that come from no file.</summary>
    /// <param name="place">What messages call it.</param>
    /// <param name="values">The columns with their texts, at least one.</param>
    public static DataRow Of(RowPlace place, params (string Column, string Text)[] values) =>
        new(place, new ColumnSet([.. values.Select(value => value.Column)]), [.. values.Select(value => DataValue.Text(value.Text))]);

    /// <summary>Where the row begins.</summary>
    public RowPlace Place { get; }

    /// <summary>The names of the columns, in the order of the file.</summary>
    public IReadOnlyList<string> Columns => _columns.Names;

    /// <summary>The value of a column.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public DataValue this[string column] => TryGet(column, out DataValue value) ? value : throw Missing(column);

    /// <summary>True if the row has the column, whatever its value.</summary>
    public bool Has(string column) => TryGet(column, out _);

    /// <summary>The text of a column; a number or boolean as it is written. May be empty, never null.</summary>
    /// <exception cref="InvalidDataException">The column is missing, null, a list or an object.</exception>
    public string Text(string column)
    {
        DataValue value = this[column];
        return value.Scalar ?? throw Wrong(column, "text", value);
    }

    /// <summary>The finite number of a column, from a JSON number or from text in invariant notation (<c>3.5</c>).</summary>
    /// <exception cref="InvalidDataException">The column is missing or not a finite number.</exception>
    public double Number(string column)
    {
        DataValue value = this[column];
        return value.Kind is DataKind.Number or DataKind.Text
            && double.TryParse(value.Scalar, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : throw Wrong(column, "a finite number", value);
    }

    /// <summary>The strings of a list, from JSON or written as text (<c>['a', 'b']</c>); null elements are errors.</summary>
    /// <exception cref="InvalidDataException">The column is missing, or not a list of texts.</exception>
    public IReadOnlyList<string> TextList(string column)
    {
        DataValue value = ListIn(column) ?? this[column];
        if (value.List is not { } list)
            throw Wrong(column, "a list of texts", value);
        var texts = new string[list.Count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = list[i].Scalar ?? throw Wrong($"{column}[{i}]", "text", list[i]);
        return texts;
    }

    /// <summary>The list of a column, from JSON or written as text (<c>['a', 'b']</c>); null where it holds something else.</summary>
    internal DataValue? ListIn(string column)
    {
        DataValue value = this[column];
        return value.Kind == DataKind.List ? value
            : value.Kind == DataKind.Text && ListLiteral.TryParse(value.Scalar!, out DataValue list) ? list
            : null;
    }

    internal InvalidDataException Wrong(string column, string wanted, DataValue got)
    {
        string message = $"column \"{column}\" must hold {wanted}, but holds {got.Describe()}.";
        return got.Kind == DataKind.Null ? Place.Fault($"no value in \"{column}\"", message) : Place.Error(message);
    }

    private InvalidDataException Missing(string column) => Place.Fault(
        $"no column \"{column}\"",
        $"no column \"{column}\"{NearestName.Suggestion(column, _columns.Names)}; the columns are {NearestName.List(_columns.Names)}.{_columns.HeaderHint}");

    private bool TryGet(string column, out DataValue value)
    {
        int index = _columns.IndexOf(column);
        if (index >= 0)
        {
            value = _values[index];
            return true;
        }

        value = default;
        int dot = column.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || (index = _columns.IndexOf(column[..dot])) < 0)
            return false;
        value = _values[index];
        foreach (string part in column[(dot + 1)..].Split('.'))
            if (value.Members is null || !value.Members.TryGetValue(part, out value))
                return false;
        return true;
    }
}
