using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Workflows.Comparing;

/// <summary>The files of a comparison: <c>comparison.json</c> with everything, <c>comparison.md</c> and <c>comparison.svg</c> to look at.</summary>
public static class ComparisonFiles
{
    /// <summary>The name of the report for machines.</summary>
    public const string JsonName = "comparison.json";

    /// <summary>The name of the table.</summary>
    public const string MarkdownName = "comparison.md";

    /// <summary>The name of the chart.</summary>
    public const string ChartName = "comparison.svg";

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the files into the folder of the comparison.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        Directory.CreateDirectory(comparison.Folder);
        AtomicFile.WriteText(Path.Combine(comparison.Folder, JsonName), comparison.ToJson().ToJsonString(_indented) + "\n");
        AtomicFile.WriteText(Path.Combine(comparison.Folder, MarkdownName), Markdown(comparison));
        AtomicFile.WriteText(Path.Combine(comparison.Folder, ChartName), ComparisonChart.Draw(comparison));
    }

    private static string Markdown(Comparison comparison)
    {
        ComparisonTable table = ComparisonTable.Of(comparison);
        StringBuilder text = new();
        text.Append($"# {Escaped(comparison.Metric)} on {Escaped(comparison.File)}\n\nModel: {Escaped(comparison.Model)}. ")
            .Append(comparison.GreaterIsBetter ? "More is better.\n\n" : "Less is better.\n\n");
        Row(table.Columns);
        Row([.. table.Columns.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (IReadOnlyList<string> row in table.Rows)
            Row(row);
        text.Append($"\n![{Escaped(comparison.Metric)} against trainable parameters]({ChartName})\n\n")
            .Append("Scores are those of the saved adapter, loaded again. ‘saved’ is what the adapter takes less than all weights in float32. ")
            .Append("‘training’ counts reading, tokenising and evaluations. ‘request’ is the median of single requests to the loaded, unmerged adapter.\n\n");
        foreach (VariantResult result in comparison.Results)
            text.Append($"- {Escaped(result.Variant.Name)}: {Escaped(Settings(result.Variant.Settings))}{(result.Error is null ? "" : $". Failed: {Escaped(result.Error)}")}\n");
        return text.ToString();

        void Row(IReadOnlyList<string> cells) => text.Append("| ").AppendJoin(" | ", cells.Select(Escaped)).Append(" |\n");
    }

    private static string Settings(JsonObject settings) => string.Join(", ", settings.Select(pair => $"{pair.Key} {Value(pair.Value)}"));

    private static string Value(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray list => string.Join('+', list.Select(Value)),
        _ when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    /// <summary>Text that is not taken for Markdown.</summary>
    private static string Escaped(string text)
    {
        StringBuilder escaped = new();
        foreach (char c in text)
            escaped.Append(c switch
            {
                '\\' or '|' or '*' or '`' or '[' or ']' or '#' => $"\\{c}",
                '<' => "&lt;",
                '&' => "&amp;",
                '\n' or '\r' => " ",
                _ => c.ToString(),
            });
        return escaped.ToString();
    }
}
