using System.Text.Json;
using PeftSharp.Models.Blocks;

namespace PeftSharp.Models.Families;

/// <summary>GPT-Neo (HF's models/gpt_neo; Black et al. 2021): GPT-2 with products of their own for queries, keys and values, unscaled scores, and windows in some layers.</summary>
internal static class GptNeo
{
    public static ModelFamily Family { get; } = new GptLike
    {
        ModelType = "gpt_neo",
        ClassName = "GPTNeo",
        Parts = "learned positions, layer norms before unscaled attention and before a plain feed-forward part, weights named h.0.attn.attention.q_proj.weight",
        Marks = ["attention_types", "num_heads", "window_size"],
        LanguageModel = "GPTNeoForCausalLM",
        Roles = new("q_proj", "k_proj", "v_proj", "c_proj")
        {
            HubIntermediate = "c_fc",
            HubOutput = "c_proj",
            Ia3Targets = ["q_proj", "v_proj", "c_proj"],
        },
        Read = Read,
        Product = (builder, path, from, to) => builder.Linear(path, from, to, bias: true),
        Attention = Attention,
    }.ToFamily();

    private static GptShape Read(ModelConfig config)
    {
        int hidden = config.Size("hidden_size", 2048);
        return new(
            hidden, config.Size("intermediate_size", 4 * Math.Min(hidden, int.MaxValue / 4)), config.Size("num_layers", 24), config.Size("num_heads", 16),
            config.Size("vocab_size", 50257), config.Size("max_position_embeddings", 2048))
        {
            EmbeddingDropout = config.Probability("embed_dropout", 0),
            AttentionDropout = config.Probability("attention_dropout", 0),
            Dropout = config.Probability("resid_dropout", 0),
        };
    }

    private static MultiHeadAttention Attention(ModelConfig config, GptShape shape, ModelBuilder builder, string at, int layer)
    {
        at += "attn.attention.";
        return new(
            new SeparateProjections(
                builder.Linear(at + "q_proj", shape.Hidden, shape.Hidden, bias: false),
                builder.Linear(at + "k_proj", shape.Hidden, shape.Hidden, bias: false),
                builder.Linear(at + "v_proj", shape.Hidden, shape.Hidden, bias: false),
                shape.Heads),
            builder.Linear(at + "out_proj", shape.Hidden, shape.Hidden, bias: true))
        {
            Dropout = shape.AttentionDropout,
            Scale = 1,
            Window = IsLocal(config, layer, shape.Layers) ? config.Size("window_size", 256) : null,
        };
    }

    /// <summary>
    /// Whether a layer sees a window: by <c>attention_types</c>, a list of [pattern, times], which transformers writes the
    /// names of all layers from (<c>attention_layers</c>); absent, every other layer does.
    /// </summary>
    private static bool IsLocal(ModelConfig config, int layer, int layers)
    {
        const string Key = "attention_types";
        if (config.Raw(Key) is not { } types)
            return layer % 2 == 1;
        List<string> names = [];
        if (types.ValueKind != JsonValueKind.Array)
            throw Wrong();
        foreach (JsonElement part in types.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Array || part.GetArrayLength() != 2 || part[0].ValueKind != JsonValueKind.Array
                || part[1].ValueKind != JsonValueKind.Number || !part[1].TryGetInt32(out int times) || times < 0 || times > layers)
                throw Wrong();
            for (int i = 0; i < times && names.Count <= layers; i++)
                names.AddRange(part[0].EnumerateArray().Select(name => name.ValueKind == JsonValueKind.String && name.GetString() is "global" or "local" ? name.GetString()! : throw Wrong()));
        }
        return names.Count == layers
            ? names[layer] == "local"
            : throw new PeftException($"{config.Source}: '{Key}' names {names.Count} layers and num_layers is {layers}.");

        PeftException Wrong() => config.Wrong(Key, "a list such as [[[\"global\", \"local\"], 12]]");
    }
}
