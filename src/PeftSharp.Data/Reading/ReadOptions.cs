namespace PeftSharp.Data;

/// <summary>How to read a file of rows. The defaults read a file whose extension tells its format and whose first line names its columns.</summary>
public sealed record ReadOptions
{
    /// <summary>The format, where the extension does not tell it (.txt .tsv .tab .csv .jsonl .ndjson .json .conll .conllu .bio .iob).</summary>
    public DataFormat? Format { get; init; }

    /// <summary>
    /// Whether the first line of a CSV or TSV file names the columns. Unset: yes, unless <see cref="Columns"/> is given.
    /// <c>true</c> together with <see cref="Columns"/> skips the line and uses the given names.
    /// </summary>
    public bool? Header { get; init; }

    /// <summary>The names of the columns of a CSV, TSV or CoNLL file, left to right; of the one column of a text file.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The character between fields: a comma for CSV, a tab for TSV, and tabs or blanks for CoNLL unless given.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Drop the fields beyond the last named column instead of reporting the row (STS-B has licence fields on some rows).</summary>
    public bool IgnoreExtraFields { get; init; }

    internal bool FirstLineIsHeader => Header ?? Columns is null;

    /// <summary>Throws if the options contradict each other.</summary>
    /// <exception cref="ArgumentException">No columns are named without a header, a name is empty or doubled, or the delimiter is a quote or a line break.</exception>
    public void Validate()
    {
        if (Format is { } format && !Enum.IsDefined(format))
            throw new ArgumentException($"format: {format} is not one of text, tsv, csv, jsonl, json, conll.");
        if (Header == false && Columns is null)
            throw new ArgumentException("header: false needs `columns`, the names of the columns from left to right, e.g. columns: [text, label].");
        if (Columns is not null)
        {
            if (Columns.Count == 0)
                throw new ArgumentException("columns: the list is empty; leave it out to take the names from the first line.");
            if (Columns.Any(string.IsNullOrEmpty))
                throw new ArgumentException("columns: a name is empty.");
            if (Columns.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } doubled)
                throw new ArgumentException($"columns: \"{doubled.Key}\" is there {doubled.Count()} times.");
        }

        if (Delimiter is { } d && (!char.IsAscii(d) || d is '"' or '\r' or '\n' or '\0'))
            throw new ArgumentException("delimiter: must be one ASCII character other than a quote or a line break, e.g. \",\" or \";\".");
    }
}
