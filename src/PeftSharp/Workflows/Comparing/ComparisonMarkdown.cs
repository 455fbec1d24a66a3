using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Comparing;

/// <summary>A comparison as Markdown: the table, the chart, and what each variant was set to.</summary>
internal static class ComparisonMarkdown
{
    /// <summary>The text of the file.</summary>
    public static string Write(Comparison comparison)
    {
        ComparisonTable table = ComparisonTable.Of(comparison);
        string metric = Escaped(comparison.Metric);
        string[] lines =
        [
            $"# {metric} on {Escaped(comparison.File)}",
            "",
            $"Model: {Escaped(comparison.Model)}. {(comparison.GreaterIsBetter ? "More" : "Less")} is better.",
            "",
            Row(table.Columns.Select(Escaped)),
            Row(table.Columns.Select((_, i) => i == 0 ? "---" : "---:")),
            .. table.Rows.Select(row => Row(row.Select(Escaped))),
            "",
            $"![{metric} against trainable parameters]({ComparisonFiles.ChartName})",
            "",
            "Scores are those of the saved adapter, loaded again. ‘saved’ is how much less the adapter takes than all weights in float32.",
            "‘training’ counts reading, tokenising and evaluations. ‘request’ and ‘p95’ are the median and the 95th percentile of single",
            "requests to the adapter as saved (not merged).",
            "",
            .. comparison.Results.Select(result =>
                $"- {Escaped(result.Variant.Name)}: {Escaped(Settings(result.Variant.Settings))}{(result.Error is null ? "" : $". Failed: {Escaped(result.Error)}")}"),
            "",
        ];
        return string.Join('\n', lines);
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

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
