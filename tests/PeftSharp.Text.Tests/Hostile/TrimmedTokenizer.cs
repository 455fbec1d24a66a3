using System.Text.Json.Nodes;
using PeftSharp.Testing;

namespace PeftSharp.Text.Tests.Hostile;

/// <summary>A real tokenizer.json cut down to a few hundred tokens, so that thousands of mutants can be parsed.</summary>
internal static class TrimmedTokenizer
{
    public static byte[] Real(string name) => File.ReadAllBytes(Fixtures.PathOf("tokenizers", name, "tokenizer.json"));

    public static byte[] Trim(string name, int size)
    {
        JsonObject root = JsonNode.Parse(Real(name))!.AsObject();
        JsonObject model = root["model"]!.AsObject();
        HashSet<string> kept = [.. root["added_tokens"]!.AsArray().Select(t => t!["content"]!.GetValue<string>())];
        model["vocab"] = model["vocab"] is JsonArray scored ? TrimScored(scored, root, size) : TrimIds(model["vocab"]!.AsObject(), kept, size);
        if (model["merges"] is JsonArray merges)
        {
            model["merges"] = new JsonArray([.. merges.Where(m => IsKept(m!, kept)).Select(m => m!.DeepClone())]);
        }
        return System.Text.Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    /// <summary>Short tokens first: they are what texts and merges are made of.</summary>
    private static JsonObject TrimIds(JsonObject vocabulary, HashSet<string> kept, int size)
    {
        JsonObject trimmed = [];
        foreach ((string token, JsonNode? id) in vocabulary.OrderBy(t => kept.Contains(t.Key) ? 0 : t.Key.Length).Take(size))
        {
            kept.Add(token);
            trimmed[token] = id!.GetValue<int>();
        }
        return trimmed;
    }

    /// <summary>A vocabulary whose ids are places in a list keeps its beginning, and the added tokens that stand there.</summary>
    private static JsonArray TrimScored(JsonArray vocabulary, JsonObject root, int size)
    {
        root["added_tokens"] = new JsonArray([.. root["added_tokens"]!.AsArray().Where(t => t!["id"]!.GetValue<int>() < size).Select(t => t!.DeepClone())]);
        return new JsonArray([.. vocabulary.Take(size).Select(t => t!.DeepClone())]);
    }

    private static bool IsKept(JsonNode merge, HashSet<string> kept)
    {
        string[] pair = merge is JsonArray list ? [.. list.Select(t => t!.GetValue<string>())] : merge.GetValue<string>().Split(' ');
        return kept.IsSupersetOf([.. pair, string.Concat(pair)]);
    }
}
