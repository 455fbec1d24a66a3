using PeftSharp.Models.Blocks;

namespace PeftSharp.Models.Families;

/// <summary>GPT-2 (HF's models/gpt2; Radford et al. 2019): one product for queries, keys and values; all products are stored transposed.</summary>
internal static class Gpt2
{
    public static ModelFamily Family { get; } = new GptLike
    {
        ModelType = "gpt2",
        ClassName = "GPT2",
        Parts = "learned positions, layer norms before attention and before a plain feed-forward part, weights named h.0.attn.c_attn.weight and stored (in, out)",
        Marks = ["n_embd", "n_head", "n_layer"],
        LanguageModel = "GPT2LMHeadModel",
        Roles = new("c_attn", "c_attn", "c_attn", "mlp.c_proj") { HubIntermediate = "mlp.c_fc", HubOutput = "mlp.c_proj", JoinsQueryKeyValue = true },
        Read = Read,
        Product = (builder, path, from, to) => builder.TransposedLinear(path, from, to),
        Attention = Attention,
    }.ToFamily();

    private static GptShape Read(ModelConfig config)
    {
        if (config.Flag("add_cross_attention", false))
            throw new PeftException($"{config.Source}: add_cross_attention is true; layers that look at an encoder are not supported.");
        int hidden = config.Size("n_embd", 768);
        return new(
            hidden, config.Size("n_inner", 4 * Math.Min(hidden, int.MaxValue / 4)), config.Size("n_layer", 12), config.Size("n_head", 12),
            config.Size("vocab_size", 50257), config.Size("n_positions", 1024))
        {
            EmbeddingDropout = config.Probability("embd_pdrop", 0.1),
            AttentionDropout = config.Probability("attn_pdrop", 0.1),
            Dropout = config.Probability("resid_pdrop", 0.1),
        };
    }

    private static MultiHeadAttention Attention(ModelConfig config, GptShape shape, ModelBuilder builder, string at, int layer)
    {
        double scale = config.Flag("scale_attn_weights", true) ? 1 / Math.Sqrt(shape.Hidden / shape.Heads) : 1;
        if (config.Flag("scale_attn_by_inverse_layer_idx", false))
            scale /= layer + 1;
        // Scores are in fp32 or better everywhere here: nothing is left to do for it.
        config.Flag("reorder_and_upcast_attn", false);
        return new(
            new JoinedProjection(builder.TransposedLinear(at + "attn.c_attn", shape.Hidden, 3 * shape.Hidden), shape.Heads, shape.Heads),
            builder.TransposedLinear(at + "attn.c_proj", shape.Hidden, shape.Hidden))
        {
            Dropout = shape.AttentionDropout,
            Scale = scale,
        };
    }
}
