using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Data;

/// <summary>Writes rows so that <see cref="DataReader"/> reads the same cells from the file.</summary>
public static class DataWriter
{
    private const char Quote = '"';

    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The format that the ending of a path asks for.</summary>
    /// <exception cref="ArgumentException">It is none of .csv, .tsv, .jsonl and .json.</exception>
    public static DataFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => DataFormat.Csv,
        ".tsv" or ".tab" => DataFormat.Tsv,
        ".jsonl" or ".ndjson" => DataFormat.Jsonl,
        ".json" => DataFormat.Json,
        var other => throw new ArgumentException($"{path}: the ending {(other.Length == 0 ? "is missing" : $"\"{other}\" says no format")}; rows are written as .csv, .tsv, .jsonl or .json."),
    };

    /// <summary>Writes rows. The columns of a table are those of all rows, in the order in which they appear.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="format">One of CSV, TSV, JSONL and JSON.</param>
    /// <param name="rows">The rows; lists and objects become JSON in a table's cells, null an empty cell.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format is another.</exception>
    public static void Write(TextWriter output, DataFormat format, IReadOnlyList<JsonObject> rows)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(rows);
        switch (format)
        {
            case DataFormat.Csv:
                WriteTable(output, Table(rows), ',', NeedsCsvQuotes);
                break;
            case DataFormat.Tsv:
                List<string[]> table = Table(rows);
                // Fields between tabs are not quoted, unless all of them are, those of the header too.
                bool quoted = table.Exists(cells => Array.Exists(cells, BreaksALine)) || Array.TrueForAll(table.FirstOrDefault() ?? [""], IsQuoted);
                WriteTable(output, table, '\t', _ => quoted);
                break;
            case DataFormat.Jsonl:
                foreach (JsonObject row in rows)
                    output.WriteLine(row.ToJsonString(_json));
                break;
            case DataFormat.Json:
                output.WriteLine("[");
                for (int i = 0; i < rows.Count; i++)
                    output.WriteLine(rows[i].ToJsonString(_json) + (i < rows.Count - 1 ? "," : ""));
                output.WriteLine("]");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Rows are written as CSV, TSV, JSONL or JSON.");
        }
    }

    private static List<string[]> Table(IReadOnlyList<JsonObject> rows)
    {
        string[] columns = [.. rows.SelectMany(row => row.Select(pair => pair.Key)).Distinct(StringComparer.Ordinal)];
        return columns.Length == 0 ? [] : [columns, .. rows.Select(row => Array.ConvertAll(columns, column => Cell(row[column])))];
    }

    private static string Cell(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(_json),
    };

    private static void WriteTable(TextWriter output, List<string[]> table, char between, Predicate<string> quotes)
    {
        foreach (string[] cells in table)
            output.WriteLine(string.Join(between, cells.Select(cell => quotes(cell) || (cell.Length == 0 && cells.Length == 1 && between == ',') ? Quoted(cell) : cell)));
    }

    private static bool NeedsCsvQuotes(string cell) => cell.AsSpan().ContainsAny(",\"\r\n");

    private static bool BreaksALine(string cell) => cell.AsSpan().ContainsAny("\t\r\n");

    private static bool IsQuoted(string cell) => cell.Length >= 2 && cell[0] == Quote && cell[^1] == Quote;

    private static string Quoted(string cell) => $"{Quote}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}{Quote}";
}
