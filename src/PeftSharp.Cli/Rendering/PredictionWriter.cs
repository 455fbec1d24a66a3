using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.IO;
using Spectre.Console;

namespace PeftSharp.Cli.Rendering;

/// <summary>Predictions as a file of rows, or as a table to look at.</summary>
internal static class PredictionWriter
{
    /// <summary>Writes a file, whole or not at all, in the format of its ending.</summary>
    public static void WriteFile(string path, IReadOnlyList<JsonObject> rows) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
        DataWriter.Write(writer, DataWriter.FormatOf(path), rows);
    });

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
