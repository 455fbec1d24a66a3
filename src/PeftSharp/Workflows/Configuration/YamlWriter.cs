using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PeftSharp.Workflows.Configuration;

/// <summary>Writes a JSON object as YAML: mappings in lines, lists in brackets, text quoted only where it must be.</summary>
internal static partial class YamlWriter
{
    /// <summary>The text of a configuration.</summary>
    public static string Write(JsonObject root)
    {
        StringBuilder text = new();
        Append(text, root, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonObject map, int depth)
    {
        foreach ((string key, JsonNode? value) in map)
        {
            if (value is null)
                continue;
            text.Append(' ', 2 * depth).Append(Quoted(key)).Append(':');
            if (value is JsonObject { Count: > 0 } inner)
            {
                text.Append('\n');
                Append(text, inner, depth + 1);
            }
            else
            {
                text.Append(' ').Append(Inline(value)).Append('\n');
            }
        }
    }

    private static string Inline(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject map => $"{{{string.Join(", ", map.Select(pair => $"{Quoted(pair.Key)}: {Inline(pair.Value)}"))}}}",
        JsonArray list => $"[{string.Join(", ", list.Select(Inline))}]",
        _ when node.GetValueKind() == JsonValueKind.String => Quoted(node.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    /// <summary>Plain where no reader could take it for a number, a truth value or YAML's punctuation.</summary>
    private static string Quoted(string text)
    {
        if (Plain().IsMatch(text) && text.ToUpperInvariant() is not ("TRUE" or "FALSE" or "NULL" or "YES" or "NO" or "ON" or "OFF" or "Y" or "N" or "INF" or "NAN"))
            return text;
        StringBuilder quoted = new("\"");
        foreach (char c in text)
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                // Control characters and the line breaks that only YAML knows.
                < ' ' or '\x7f' or '\x85' or '\u2028' or '\u2029' or '\ufeff' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z_/][\w./\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
