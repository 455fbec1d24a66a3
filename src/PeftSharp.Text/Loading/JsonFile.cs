using System.Text.Json;

namespace PeftSharp.Text.Loading;

/// <summary>Parses untrusted JSON: no duplicate keys, no depth bombs, one exception type.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string name)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        try
        {
            return JsonDocument.Parse(utf8, s_options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{name}: not valid JSON: {e.Message}", e);
        }
    }
}
