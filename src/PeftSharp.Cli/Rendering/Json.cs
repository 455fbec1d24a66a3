using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Cli.Rendering;

/// <summary>JSON for machines, with text as it is.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions _line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A report over several lines.</summary>
    public static string Indented(JsonNode node) => node.ToJsonString(_indented);

    /// <summary>An object on one line.</summary>
    public static string Line(JsonNode node) => node.ToJsonString(_line);
}
