using System.Text.Encodings.Web;
using System.Text.Json;
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
        AtomicFile.WriteText(Path.Combine(comparison.Folder, MarkdownName), ComparisonMarkdown.Write(comparison));
        AtomicFile.WriteText(Path.Combine(comparison.Folder, ChartName), ComparisonChart.Draw(comparison));
    }
}
