using System.Text.Json.Nodes;
using PeftSharp.Tensors.Gguf;

namespace PeftSharp.Models.Gguf;

/// <summary>The shape of a LLaMA model: <c>llama.*</c> in a GGUF file, <c>config.json</c> with Hugging Face.</summary>
internal static class LlamaGgufConfig
{
    private const string Words = "token_embd.weight";

    /// <summary>The <c>config.json</c> of a file.</summary>
    /// <exception cref="InvalidDataException">The file lacks something, or is of another architecture.</exception>
    public static JsonObject ToConfig(GgufFile file)
    {
        GgufMetadata metadata = file.Entries;
        RequireLlama(file);
        int heads = Positive(metadata, "llama.attention.head_count"), hidden = Positive(metadata, "llama.embedding_length");
        int width = Positive(metadata, "llama.attention.key_length", hidden / heads);
        foreach (string key in (string[])["llama.attention.value_length", "llama.rope.dimension_count"])
            if (metadata.Count32(key, width) is var other && other != width)
                throw new InvalidDataException($"{file.Path}: {key} is {other} and a head has {width} rows; models where they differ are not supported.");
        if (metadata.Count32("llama.expert_count", 0) > 0)
            throw new InvalidDataException($"{file.Path} is a mixture of experts, which is not supported.");
        JsonObject config = new()
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["attention_bias"] = file.Contains("blk.0.attn_q.bias"),
            ["attention_dropout"] = 0.0,
            ["dtype"] = "float32",
            ["head_dim"] = width,
            ["hidden_act"] = "silu",
            ["hidden_size"] = hidden,
            ["initializer_range"] = 0.02,
            ["intermediate_size"] = Positive(metadata, "llama.feed_forward_length"),
            ["max_position_embeddings"] = Positive(metadata, "llama.context_length"),
            ["mlp_bias"] = file.Contains("blk.0.ffn_up.bias"),
            ["model_type"] = "llama",
            ["num_attention_heads"] = heads,
            ["num_hidden_layers"] = Positive(metadata, "llama.block_count"),
            ["num_key_value_heads"] = Positive(metadata, "llama.attention.head_count_kv", heads),
            ["rms_norm_eps"] = metadata.Number("llama.attention.layer_norm_rms_epsilon"),
            ["rope_parameters"] = LlamaRope.ToParameters(file, width),
            ["tie_word_embeddings"] = !file.Contains("output.weight"),
            ["use_cache"] = true,
            ["vocab_size"] = file.Tensor(Words).Shape is [var rows, _] ? rows : throw new InvalidDataException($"{file.Path}: {Words} must have two sizes."),
        };
        foreach ((string name, string key) in TokenIds)
            if (metadata.Has(key))
                config[name] = metadata.Count32(key);
        if (GgufEndTokens.Of(metadata) is { Count: > 0 } ends)
            config["eos_token_id"] = ends.Count == 1 ? ends[0] : new JsonArray([.. ends.Select(id => (JsonNode)id)]);
        return config;
    }

    /// <summary>The token ids that a config names, and their keys in a file.</summary>
    public static IReadOnlyList<(string Name, string Key)> TokenIds { get; } =
    [
        ("bos_token_id", "tokenizer.ggml.bos_token_id"),
        ("eos_token_id", "tokenizer.ggml.eos_token_id"),
        ("unk_token_id", "tokenizer.ggml.unknown_token_id"),
        ("pad_token_id", "tokenizer.ggml.padding_token_id"),
    ];

    /// <summary>Query heads, key heads and rows of a head.</summary>
    public static (int Heads, int Groups, int Width) HeadsOf(ModelConfig config)
    {
        int heads = config.Size("num_attention_heads");
        return (heads, config.Size("num_key_value_heads", heads), config.Size("head_dim", config.Size("hidden_size") / heads));
    }

    /// <summary>Writes the <c>llama.*</c> entries of a config.</summary>
    /// <returns>The divisors of the rotary frequencies, or null.</returns>
    /// <exception cref="PeftException">The model is of another family, or a value cannot be told.</exception>
    public static float[]? Write(ModelConfig config, GgufMetadata metadata)
    {
        (int heads, int groups, int width) = HeadsOf(config);
        metadata.Add("llama.block_count", (uint)config.Size("num_hidden_layers"));
        metadata.Add("llama.context_length", (uint)config.Size("max_position_embeddings", 2048));
        metadata.Add("llama.embedding_length", (uint)config.Size("hidden_size"));
        metadata.Add("llama.feed_forward_length", (uint)config.Size("intermediate_size"));
        metadata.Add("llama.attention.head_count", (uint)heads);
        metadata.Add("llama.attention.head_count_kv", (uint)groups);
        metadata.Add("llama.attention.key_length", (uint)width);
        metadata.Add("llama.attention.value_length", (uint)width);
        metadata.Add("llama.attention.layer_norm_rms_epsilon", (float)config.Number("rms_norm_eps", 1e-6));
        metadata.Add("llama.rope.dimension_count", (uint)width);
        metadata.Add("llama.vocab_size", (uint)config.Size("vocab_size"));
        return LlamaRope.Write(config, width, metadata);
    }

    /// <summary>Throws for a config of another family, or one that llama.cpp would compute otherwise.</summary>
    public static void RequireLlama(ModelConfig config)
    {
        if (config.ModelType != "llama")
            throw new PeftException($"{config.Source}: only LLaMA models can be written as GGUF, not model_type '{config.ModelType}'.");
        if (config.Text("hidden_act", "silu") is var activation and not ("silu" or "swish"))
            throw new PeftException($"{config.Source}: llama.cpp knows LLaMA with hidden_act silu only, not '{activation}'.");
    }

    private static void RequireLlama(GgufFile file)
    {
        if (file.Entries.Text("general.type", "model") is var type and not "model")
            throw new InvalidDataException($"{file.Path} is of general.type \"{type}\", not a model.");
        if (file.Entries.Text("general.architecture") is var architecture and not "llama")
            throw new InvalidDataException($"{file.Path}: the architecture \"{architecture}\" is not supported as GGUF; supported is llama.");
    }

    private static int Positive(GgufMetadata metadata, string key, int? fallback = null) =>
        metadata.Count32(key, fallback) is var number and > 0 ? number : throw new InvalidDataException($"{metadata.Source}: {key} must be above 0.");
}
