using System.Text.Json.Nodes;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;

namespace PeftSharp.Models.Gguf;

/// <summary>Makes Hugging Face's tokenizer files from the <c>tokenizer.*</c> metadata of a GGUF file.</summary>
internal static class GgufTokenizerReader
{
    /// <summary>The key that says which kind of tokenizer there is.</summary>
    public const string ModelKey = "tokenizer.ggml.model";

    private const string Tokens = "tokenizer.ggml.tokens", Types = "tokenizer.ggml.token_type", Merges = "tokenizer.ggml.merges";

    /// <summary>True where a file has a vocabulary.</summary>
    public static bool HasTokenizer(GgufMetadata metadata) => metadata.Text(ModelKey, "none") is not ("none" or "no_vocab");

    /// <summary>The <c>tokenizer.json</c> of byte-level BPE.</summary>
    /// <exception cref="InvalidDataException">The tokenizer is of another kind, or contradicts itself.</exception>
    public static JsonObject ToTokenizer(GgufMetadata metadata)
    {
        if (metadata.Text(ModelKey) is var kind and not "gpt2")
            throw new InvalidDataException($"{metadata.Source}: {ModelKey} is \"{kind}\"; supported is gpt2 (byte-level BPE). Put the model's own tokenizer.json beside the file.");
        GgufPreTokenizer cuts = GgufPreTokenizer.Of(metadata.Text("tokenizer.ggml.pre", "default"), metadata.Source);
        IReadOnlyList<string> tokens = metadata.Items<string>(Tokens) ?? throw new InvalidDataException($"{metadata.Source}: {Tokens} is missing.");
        (JsonObject vocabulary, JsonArray added) = Vocabulary(metadata, tokens);
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = cuts.Composes ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = cuts.Components.DeepClone(),
            ["post_processor"] = Template(metadata, tokens, cuts),
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = cuts.IgnoresMerges,
                ["vocab"] = vocabulary,
                ["merges"] = MergeList(metadata),
            },
        };
    }

    /// <summary>The <c>tokenizer_config.json</c>: special tokens, the longest text, the chat template.</summary>
    /// <exception cref="InvalidDataException">An id is no token.</exception>
    public static JsonObject ToSettings(GgufMetadata metadata)
    {
        IReadOnlyList<string> tokens = metadata.Items<string>(Tokens) ?? [];
        JsonObject settings = new() { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        foreach ((string name, string key) in LlamaGgufConfig.TokenIds)
            if (metadata.Has(key))
                settings[name[..^"_id".Length]] = Token(metadata, tokens, key);
        if (metadata.Has("llama.context_length"))
            settings["model_max_length"] = metadata.Count32("llama.context_length");
        if (ChatTemplate(metadata) is { } template)
            settings["chat_template"] = template;
        return settings;
    }

    /// <summary>The Jinja source of the chat template, or null.</summary>
    public static string? ChatTemplate(GgufMetadata metadata) =>
        metadata.Has("tokenizer.chat_template") ? metadata.Text("tokenizer.chat_template") : null;

    private static (JsonObject Vocabulary, JsonArray Added) Vocabulary(GgufMetadata metadata, IReadOnlyList<string> tokens)
    {
        IReadOnlyList<int>? types = metadata.Items<int>(Types);
        if (types is not null && types.Count != tokens.Count)
            throw new InvalidDataException($"{metadata.Source}: {Types} has {types.Count} entries and {Tokens} has {tokens.Count}.");
        HashSet<string> known = new(StringComparer.Ordinal);
        List<KeyValuePair<string, JsonNode?>> vocabulary = [];
        JsonArray added = [];
        for (int id = 0; id < tokens.Count; id++)
        {
            GgufTokenType type = (GgufTokenType)(types?[id] ?? (int)GgufTokenType.Normal);
            if (type == GgufTokenType.Unused)
                continue;
            if (!known.Add(tokens[id]))
                throw new InvalidDataException($"{metadata.Source}: {Tokens} has {Shown.Quote(tokens[id])} twice, the second time as {id}.");
            vocabulary.Add(new(tokens[id], id));
            if (type is GgufTokenType.Control or GgufTokenType.Unknown or GgufTokenType.UserDefined)
                added.Add(Added(id, tokens[id], type != GgufTokenType.UserDefined));
        }
        return (new JsonObject(vocabulary), added);
    }

    private static JsonObject Added(int id, string token, bool special) => new()
    {
        ["id"] = id,
        ["content"] = token,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = special,
    };

    private static JsonArray MergeList(GgufMetadata metadata)
    {
        JsonArray merges = [];
        foreach (string merge in metadata.Items<string>(Merges) ?? throw new InvalidDataException($"{metadata.Source}: {Merges} is missing."))
            merges.Add(merge.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
                ? new JsonArray(left, right)
                : throw new InvalidDataException($"{metadata.Source}: {Merges} has {Shown.Quote(merge)}, which is not two parts with a space between them."));
        return merges;
    }

    /// <summary>What goes before and after a text.</summary>
    private static JsonObject Template(GgufMetadata metadata, IReadOnlyList<string> tokens, GgufPreTokenizer cuts)
    {
        JsonObject special = [];
        JsonArray single = [], pair = [];
        Put("tokenizer.ggml.bos_token_id", metadata.Flag("tokenizer.ggml.add_bos_token", cuts.IgnoresMerges), [(single, 0), (pair, 0)]);
        single.Add(Part("Sequence", "A", 0));
        pair.Add(Part("Sequence", "A", 0));
        bool ends = metadata.Flag("tokenizer.ggml.add_eos_token", false);
        Put("tokenizer.ggml.eos_token_id", ends, [(single, 0), (pair, 0)]);
        Put("tokenizer.ggml.bos_token_id", metadata.Flag("tokenizer.ggml.add_bos_token", cuts.IgnoresMerges), [(pair, 1)]);
        pair.Add(Part("Sequence", "B", 1));
        Put("tokenizer.ggml.eos_token_id", ends, [(pair, 1)]);
        return new JsonObject { ["type"] = "TemplateProcessing", ["single"] = single, ["pair"] = pair, ["special_tokens"] = special };

        void Put(string key, bool wanted, (JsonArray Template, int Type)[] places)
        {
            if (!wanted || !metadata.Has(key))
                return;
            string token = Token(metadata, tokens, key);
            special[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(metadata.Count32(key)), ["tokens"] = new JsonArray(token) };
            foreach ((JsonArray template, int type) in places)
                template.Add(Part("SpecialToken", token, type));
        }
    }

    private static JsonObject Part(string kind, string id, int type) => new() { [kind] = new JsonObject { ["id"] = id, ["type_id"] = type } };

    private static string Token(GgufMetadata metadata, IReadOnlyList<string> tokens, string key) =>
        metadata.Count32(key) is var id && id < tokens.Count
            ? tokens[id]
            : throw new InvalidDataException($"{metadata.Source}: {key} is {id}, and there are {tokens.Count} tokens.");
}
