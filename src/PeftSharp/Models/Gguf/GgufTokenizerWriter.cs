using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Text;

namespace PeftSharp.Models.Gguf;

/// <summary>Writes the tokenizer of a Hugging Face folder into the metadata of a GGUF file.</summary>
internal static class GgufTokenizerWriter
{
    /// <summary>Writes the tokenizer of a folder; that there is none, where it has none.</summary>
    /// <param name="folder">With tokenizer.json, maybe.</param>
    /// <param name="config">The model's config.</param>
    /// <param name="rows">The rows of the embedding: as many tokens are written.</param>
    /// <param name="ends">The tokens that end a text.</param>
    /// <param name="metadata">Given the entries.</param>
    /// <exception cref="PeftException">llama.cpp has no such tokenizer, or it has more tokens than rows.</exception>
    public static void Write(string folder, ModelConfig config, int rows, IReadOnlyList<int> ends, GgufMetadata metadata)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
        {
            metadata.Add(GgufTokenizerReader.ModelKey, "none");
            return;
        }
        // Loading checks the whole file, so that what follows may trust its structure.
        Tokenizer tokenizer = Tokenizer.Load(path);
        TokenizerSettings settings = TokenizerSettings.Load(folder);
        JsonNode json = JsonNode.Parse(SmallFile.ReadBytes(path, SmallFile.MostOfTokenizer))!;
        GgufPreTokenizer cuts = RequireByteLevel(path, json);
        if (tokenizer.MaxTokenId >= rows)
            throw new PeftException($"{path} has ids up to {tokenizer.MaxTokenId} and the model's embedding only {rows} rows: they are of different models.");

        metadata.Add(GgufTokenizerReader.ModelKey, "gpt2");
        metadata.Add("tokenizer.ggml.pre", cuts.Name);
        WriteTokens(json, tokenizer, rows, metadata);
        metadata.Add("tokenizer.ggml.merges", json["model"]!["merges"]!.AsArray().Select(MergeText).ToArray());
        int? bos = Id(settings.BosToken, "bos_token_id"), eos = Id(settings.EosToken, "eos_token_id");
        int?[] ids = [bos, eos, Id(settings.UnkToken, "unk_token_id"), Id(settings.PadToken, "pad_token_id")];
        foreach (((string _, string key), int? id) in LlamaGgufConfig.TokenIds.Zip(ids))
            if (id is { } found)
                metadata.Add(key, (uint)found);
        GgufEndTokens.WriteOthers(eos, [.. ends.Where(id => id < rows)], tokenizer.IdToToken, metadata);
        int[] around = tokenizer.Encode("").ToIdArray();
        metadata.Add("tokenizer.ggml.add_bos_token", around.Length > 0 && around[0] == bos);
        metadata.Add("tokenizer.ggml.add_eos_token", around.Length > 0 && around[^1] == eos && (around.Length > 1 || eos != bos));
        if (settings.ChatTemplate is { } template)
            metadata.Add("tokenizer.chat_template", template);

        int? Id(string? token, string key) =>
            (token is null ? null : tokenizer.TokenToId(token)) ?? (config.Integers(key) is [var first, ..] && first >= 0 && first < rows ? first : null);
    }

    private static GgufPreTokenizer RequireByteLevel(string path, JsonNode json)
    {
        if ((string?)json["model"]!["type"] != "BPE" || GgufPreTokenizer.Matching(json["pre_tokenizer"]) is not { } cuts)
            throw new PeftException($"{path}: this tokenizer cannot be written as GGUF; supported is byte-level BPE that cuts text as GPT-2, SmolLM, LLaMA 3 or Qwen 2 do.");
        return cuts;
    }

    private static void WriteTokens(JsonNode json, Tokenizer tokenizer, int rows, GgufMetadata metadata)
    {
        string[] tokens = [.. Enumerable.Range(0, rows).Select(id => $"[PAD{id}]")];
        int[] types = [.. Enumerable.Repeat((int)GgufTokenType.Unused, rows)];
        foreach ((string token, JsonNode? id) in json["model"]!["vocab"]!.AsObject())
            Put((int)id!, token, GgufTokenType.Normal);
        foreach (AddedToken token in tokenizer.AddedTokens)
            Put(token.Id, token.Content, token.Special ? GgufTokenType.Control : GgufTokenType.UserDefined);
        metadata.Add("tokenizer.ggml.tokens", tokens);
        metadata.Add("tokenizer.ggml.token_type", types);

        void Put(int id, string token, GgufTokenType type) => (tokens[id], types[id]) = (token, (int)type);
    }

    /// <summary>Older files have the two parts in one string.</summary>
    private static string MergeText(JsonNode? merge) =>
        merge!.GetValueKind() == JsonValueKind.String ? (string)merge! : $"{merge[0]} {merge[1]}";
}
