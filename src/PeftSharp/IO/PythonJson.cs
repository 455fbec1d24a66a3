using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.IO;

/// <summary>JSON as Python's <c>json.dumps(…, indent=2, sort_keys=True)</c> writes it, so that files compare equal.</summary>
internal static class PythonJson
{
    private static readonly JsonSerializerOptions _text = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>The text of an object, with sorted keys.</summary>
    /// <param name="value">The object.</param>
    /// <param name="inOrder">Keys of the object whose own objects keep their order.</param>
    public static string Write(JsonObject value, IReadOnlyCollection<string>? inOrder = null)
    {
        StringBuilder text = new();
        Append(text, value, 0, inOrder ?? [], sorts: true);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node, int depth, IReadOnlyCollection<string> inOrder, bool sorts)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                AppendAll<KeyValuePair<string, JsonNode?>>(text, '{', '}', depth, sorts ? map.OrderBy(pair => pair.Key, StringComparer.Ordinal) : map, pair =>
                {
                    text.Append(JsonSerializer.Serialize(pair.Key, _text)).Append(": ");
                    Append(text, pair.Value, depth + 1, [], sorts: !inOrder.Contains(pair.Key));
                });
                break;
            case JsonArray list:
                AppendAll(text, '[', ']', depth, list, item => Append(text, item, depth + 1, [], sorts: true));
                break;
            default:
                text.Append(node.GetValueKind() == JsonValueKind.Number ? Number(node) : node.ToJsonString(_text));
                break;
        }
    }

    private static void AppendAll<T>(StringBuilder text, char open, char close, int depth, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            text.Append(any ? ",\n" : "\n").Append(' ', 2 * (depth + 1));
            any = true;
            append(item);
        }
        if (any)
            text.Append('\n').Append(' ', 2 * depth);
        text.Append(close);
    }

    /// <summary>A float keeps its point (0.0, not 0) and has a small e (6e-05), as in Python's repr.</summary>
    private static string Number(JsonNode node)
    {
        if (node.AsValue().TryGetValue(out double number) && node.AsValue().TryGetValue(out int _) is false && double.IsInteger(number) && Math.Abs(number) < 1e16)
            return number.ToString("0.0", CultureInfo.InvariantCulture);
        return node.ToJsonString().Replace('E', 'e');
    }
}
