using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using Spectre.Console;

namespace PeftSharp.Cli.Rendering;

/// <summary>Predictions as JSON lines, with tabs, or as a table; all have the same fields.</summary>
internal static class PredictionWriter
{
    /// <summary>Writes a file, whole or not at all; <c>.tsv</c> in its form, any other name as JSON lines.</summary>
    public static void WriteFile(string path, IReadOnlyList<JsonObject> rows) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
        if (Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase))
            WriteTsv(writer, rows);
        else
            WriteJsonl(writer, rows);
    });

    /// <summary>One object a line.</summary>
    public static void WriteJsonl(TextWriter output, IReadOnlyList<JsonObject> rows)
    {
        foreach (JsonObject row in rows)
            output.WriteLine(Json.Line(row));
    }

    /// <summary>A line of names, then one row a line; tabs and line breaks in a text become spaces.</summary>
    public static void WriteTsv(TextWriter output, IReadOnlyList<JsonObject> rows)
    {
        if (rows.Count == 0)
            return;
        output.WriteLine(string.Join('\t', rows[0].Select(pair => pair.Key)));
        foreach (JsonObject row in rows)
            output.WriteLine(string.Join('\t', row.Select(pair => Field(pair.Value).Replace('\t', ' ').Replace('\r', ' ').Replace('\n', ' '))));
    }

    /// <summary>A table; of several likeliest labels each has a line.</summary>
    public static void WriteTable(IAnsiConsole console, IReadOnlyList<JsonObject> rows)
    {
        if (rows.Count == 0)
            return;
        string[] columns = [.. rows[0].Select(pair => pair.Key).Where(key => key != "top")];
        Table table = Tables.Create(columns);
        foreach (JsonObject row in rows)
        {
            table.Row([.. columns.Select(column => Field(row[column]))]);
            foreach (JsonNode? other in (row["top"]?.AsArray() ?? []).Skip(1))
                table.Row([.. columns.Select(column => column is "label" or "probability" ? Field(other![column]) : "")]);
        }
        console.Write(table);
    }

    private static string Field(JsonNode? node) => node switch
    {
        null => "",
        JsonArray list => string.Join(' ', list.Select(Item)),
        _ when node.GetValueKind() == JsonValueKind.Number => node.AsValue().TryGetValue(out float number)
            ? number.ToString("0.####", CultureInfo.InvariantCulture)
            : node.ToJsonString(),
        _ => node.ToString(),
    };

    /// <summary>One of several: <c>label=0.93</c>, or the entity with its type.</summary>
    private static string Item(JsonNode? item) => item switch
    {
        JsonObject likely when likely.ContainsKey("probability") => $"{likely["label"]}={Field(likely["probability"])}",
        JsonObject entity => $"[{entity["type"]} {entity["text"]}]",
        _ => Field(item),
    };
}
