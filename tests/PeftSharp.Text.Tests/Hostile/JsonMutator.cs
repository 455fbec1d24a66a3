using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Text.Tests.Hostile;

/// <summary>Damages JSON: bytes at random, or values moved and replaced so that the JSON stays well-formed.</summary>
internal static class JsonMutator
{
    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "1", "2147483647", "2147483648", "1e308", "1e-5", "123456789012345678901234567890",
        "\"\"", "\" \"", "\"a\"", "\"\\ud83d\"", "\"\\u0000\"", "\"<0x41>\"", "\"BPE\"", "\"Sequence\"", "\"ByteLevel\"", "\"NFKC\"",
        "\"(a+)+b\"", "\"[\"", "\"\\\\p{Han}\"", "[]", "{}", "[[]]", "[null]", "{\"type\":\"Sequence\"}", "{\"a\":1,\"a\":2}",
        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\\\\w+\\\\s?)+!\"},\"behavior\":\"Isolated\",\"invert\":false}",
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
        "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":true,\"lowercase\":true}",
    ];

    private static readonly string[] s_components =
    [
        """{"type":"NFC"}""", """{"type":"NFD"}""", """{"type":"NFKC"}""", """{"type":"NFKD"}""", """{"type":"Lowercase"}""",
        """{"type":"StripAccents"}""", """{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}""",
        """{"type":"BertPreTokenizer"}""", """{"type":"Whitespace"}""", """{"type":"WhitespaceSplit"}""",
        """{"type":"Digits","individual_digits":true}""", """{"type":"Punctuation","behavior":"MergedWithNext"}""",
        """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""",
        """{"type":"Split","pattern":{"Regex":"(\\w+\\s?)+!"},"behavior":"MergedWithPrevious","invert":false}""",
        """{"type":"Split","pattern":{"Regex":"\\p{L}*|(?=x)"},"behavior":"Contiguous","invert":true}""",
        """{"type":"Split","pattern":{"String":" "},"behavior":"Removed","invert":false}""",
        """{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":false}]}""",
        """{"type":"Sequence","decoders":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},{"type":"Fuse"}]}""",
        """{"type":"WordPiece","prefix":"##","cleanup":true}""", """{"type":"BPEDecoder","suffix":"e"}""", """{"type":"Fuse"}""",
        """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":3}}],"pair":[{"Sequence":{"id":"B","type_id":0}},{"Sequence":{"id":"A","type_id":1}}],"special_tokens":{}}""",
    ];

    /// <summary>Bytes changed, cut off, doubled or put in.</summary>
    public static byte[] MutateBytes(byte[] source, Random random)
    {
        List<byte> bytes = [.. source];
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 8; edits--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 64)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 64))));
                    break;
                default:
                    if (random.Next(4) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    else
                        bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(s_values[random.Next(s_values.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Values swapped or replaced, keys renamed or dropped, depth added. Aims at the structure more than at the vocabulary.</summary>
    public static byte[] MutateValues(byte[] source, Random random)
    {
        JsonNode root = JsonNode.Parse(source)!;
        for (int edits = random.Next(2) == 0 ? 1 : random.Next(1, 6); edits > 0; edits--)
        {
            JsonNode target = Pick(root, random);
            switch (random.Next(24))
            {
                case < 20:
                    Nudge(target, root, random);
                    break;
                case 20:
                    Replace(target, Pick(root, random).DeepClone());
                    break;
                case 21 when target.Parent is JsonObject parent:
                    JsonNode value = target.DeepClone();
                    parent.Remove(target.GetPropertyName());
                    if (random.Next(2) == 0)
                        parent["x" + random.Next(3)] = value;
                    break;
                case 22:
                    JsonNode deep = new JsonArray();
                    for (int depth = random.Next(1, 90); depth > 0; depth--)
                        deep = new JsonArray(deep);
                    Replace(target, deep);
                    break;
                default:
                    string json = s_values[random.Next(s_values.Length)];
                    if (json != "null" && !json.Contains("\\ud83d", StringComparison.Ordinal) && !json.Contains("\"a\":2", StringComparison.Ordinal))
                        Replace(target, JsonNode.Parse(json)!);
                    else
                        return ReplaceText(root, target, json);
                    break;
            }
        }
        return ToBytes(root);
    }

    /// <summary>Changes a value for another of its kind, so that many mutants still load and must then work.</summary>
    private static void Nudge(JsonNode target, JsonNode root, Random random)
    {
        if (target is JsonObject component && component.ContainsKey("type") && random.Next(2) == 0)
        {
            string[] parts = s_components;
            Replace(target, JsonNode.Parse(parts[random.Next(parts.Length)])!);
            return;
        }
        switch (target.GetValueKind())
        {
            case JsonValueKind.True or JsonValueKind.False:
                Replace(target, target.GetValueKind() == JsonValueKind.False);
                break;
            case JsonValueKind.Number:
                Replace(target, target.AsValue().TryGetValue(out int number) ? number + random.Next(-2, 100) : random.Next(100));
                break;
            case JsonValueKind.String:
                string text = target.GetValue<string>();
                Replace(target, random.Next(3) switch
                {
                    0 => text + (char)random.Next(0x20, 0x250),
                    1 => text.Length > 1 ? text[1..] : "x",
                    _ => Pick(root, random) is JsonValue other && other.GetValueKind() == JsonValueKind.String ? other.GetValue<string>() : text,
                });
                break;
            case JsonValueKind.Object when target.Parent is not null && target is JsonObject holder && holder.Count > 4:
                // One token of a vocabulary gets another name.
                (string key, JsonNode? value) = holder.ElementAt(random.Next(holder.Count));
                if (value is JsonValue && value.GetValueKind() == JsonValueKind.Number)
                {
                    holder.Remove(key);
                    holder[key + (char)random.Next(0x20, 0x250)] = value;
                }
                break;
        }
    }

    /// <summary>For values that no JsonNode can hold.</summary>
    private static byte[] ReplaceText(JsonNode root, JsonNode target, string json)
    {
        const string Mark = "\u00A7mark\u00A7";
        Replace(target, Mark);
        return System.Text.Encoding.UTF8.GetBytes(
            System.Text.Encoding.UTF8.GetString(ToBytes(root)).Replace(JsonValue.Create(Mark).ToJsonString(), json, StringComparison.Ordinal));
    }

    private static byte[] ToBytes(JsonNode root) =>
        System.Text.Encoding.UTF8.GetBytes(root.ToJsonString(new JsonSerializerOptions { MaxDepth = 1000 }));

    private static JsonNode Pick(JsonNode root, Random random)
    {
        JsonNode at = root;
        while (true)
        {
            JsonNode[] children = at switch
            {
                JsonObject o => [.. o.Where(p => p.Value is not null).Select(p => p.Value!)],
                JsonArray a => [.. a.Where(v => v is not null).Select(v => v!)],
                _ => [],
            };
            if (children.Length == 0 || (at != root && random.Next(4) == 0))
                return at == root ? root : at;
            at = children[random.Next(children.Length)];
        }
    }

    private static void Replace(JsonNode target, JsonNode? value)
    {
        switch (target.Parent)
        {
            case JsonObject parent:
                parent[target.GetPropertyName()] = value;
                break;
            case JsonArray parent:
                parent[target.GetElementIndex()] = value;
                break;
        }
    }
}
