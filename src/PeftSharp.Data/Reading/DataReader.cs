namespace PeftSharp.Data;

/// <summary>Reads rows from text, TSV, CSV, JSONL, JSON and CoNLL files, one after another.</summary>
/// <example><code>
/// foreach (DataRow row in DataReader.Read("train.csv"))
///     Console.WriteLine($"{row.Text("text")} is {row.Text("category")}");
/// </code></example>
public static class DataReader
{
    /// <summary>
    /// The rows of a file, read as they are asked for. Files are UTF-8, with or
    /// without a byte order mark, lines ending in LF or CRLF. Lines without any character are skipped in CSV, JSONL and
    /// TSV files (not in a TSV file of one column, where they are rows).
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file (a folder or nothing at all).</exception>
    /// <exception cref="ArgumentException">The options contradict each other, or the extension does not tell the format.</exception>
    /// <exception cref="InvalidDataException">While reading: no rows, bytes that are not UTF-8, a row that cannot be read; the message names file and line.</exception>
    public static IEnumerable<DataRow> Read(string path, ReadOptions? options = null)
    {
        options ??= new();
        options.Validate();
        RequireFile(path);
        DataFormat format = options.Format ?? ByContent(path, options) ?? FormatOf(path);
        return format switch
        {
            DataFormat.Text => TextRows.Read(path, options),
            DataFormat.Tsv => TsvRows.Read(path, options),
            DataFormat.Csv => CsvRows.Read(path, options),
            DataFormat.Conll => ConllRows.Read(path, options),
            _ => JsonRows.Read(path, lines: format == DataFormat.Jsonl),
        };
    }

    /// <summary>The format that the extension of a path tells.</summary>
    /// <exception cref="ArgumentException">It tells none.</exception>
    public static DataFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".txt" or ".text" => DataFormat.Text,
        ".tsv" or ".tab" => DataFormat.Tsv,
        ".csv" => DataFormat.Csv,
        ".jsonl" or ".ndjson" => DataFormat.Jsonl,
        ".json" => DataFormat.Json,
        ".conll" or ".conllu" or ".bio" or ".iob" or ".iob2" => DataFormat.Conll,
        var other => throw new ArgumentException(
            $"{path}: the extension \"{other}\" does not tell the format; set `format` to text, tsv, csv, jsonl, json or conll (a word and its tag a line, a blank line between sentences)."),
    };

    /// <summary>The format that the content tells where the extension may mean several or none; null where it tells none.</summary>
    private static DataFormat? ByContent(string path, ReadOptions options)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension is ".csv" or ".json" or ".jsonl" or ".ndjson" or ".conll" or ".conllu" || options.Header is not null || !Regular(path))
            return null;
        if (ConllContent.Is(path))
            return DataFormat.Conll;
        bool known = extension is ".txt" or ".text" or ".tsv" or ".tab" or ".bio" or ".iob" or ".iob2";
        return known ? null : JsonRows.FirstByte(path) switch { '{' => DataFormat.Jsonl, '[' => DataFormat.Json, _ => null };
    }

    /// <summary>Whether a file can be looked at before it is read: a pipe, which has no length, can be read only once.</summary>
    internal static bool Regular(string path) =>
        (File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? new FileInfo(target.FullName) : new FileInfo(path)).Length > 0;

    private static void RequireFile(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new ArgumentException("The path of the data file is empty.");
        if (File.Exists(path))
            return;
        if (Directory.Exists(path))
            throw new FileNotFoundException($"{path} is a folder; give one file of rows in it.", path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        string hint = !Directory.Exists(folder)
            ? $" (there is no folder {folder})"
            : NearestName.Suggestion(Path.GetFileName(path), Directory.EnumerateFiles(folder).Take(1000).Select(f => Path.GetFileName(f)));
        throw new FileNotFoundException($"{path}: no such file{hint}.", path);
    }
}
