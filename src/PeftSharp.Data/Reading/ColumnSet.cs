namespace PeftSharp.Data;

/// <summary>The names of the columns of a row, shared by all rows that have the same ones.</summary>
internal sealed class ColumnSet
{
    private readonly Dictionary<string, int> _indices;

    public ColumnSet(string[] names)
    {
        Names = names;
        _indices = new(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
            _indices.TryAdd(names[i], i);
    }

    public string[] Names { get; }

    /// <summary>Where the names are the first line of the file: what to do if they are not meant to be.</summary>
    public string HeaderHint { get; init; } = "";

    public int IndexOf(string name) => _indices.TryGetValue(name, out int index) ? index : -1;
}
