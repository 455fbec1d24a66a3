using System.Collections;

namespace PeftSharp.Data;

/// <summary>The rows of one file, in memory and in the order of the file.</summary>
public sealed class Dataset : IReadOnlyList<DataRow>
{
    private readonly List<DataRow> _rows;

    private Dataset(string path, List<DataRow> rows)
    {
        Path = path;
        _rows = rows;
    }

    /// <summary>The file as the user named it.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public int Count => _rows.Count;

    /// <inheritdoc/>
    public DataRow this[int index] => _rows[index];

    /// <summary>Reads a file; at most its first <paramref name="limit"/> rows if given.</summary>
    /// <exception cref="ArgumentException">The limit is not positive, or as <see cref="DataReader.Read"/>.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no rows or one that cannot be read; the message names file and line.</exception>
    public static Dataset Load(string path, ReadOptions? options = null, int? limit = null)
    {
        if (limit <= 0)
            throw new ArgumentException($"limit: {limit} is not a number of rows; leave it out to read all.");
        IEnumerable<DataRow> rows = DataReader.Read(path, options);
        return new(path, [.. limit is { } most ? rows.Take(most) : rows]);
    }

    /// <inheritdoc/>
    public IEnumerator<DataRow> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _rows.GetEnumerator();
}
