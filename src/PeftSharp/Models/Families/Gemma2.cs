namespace PeftSharp.Models.Families;

/// <summary>
/// Gemma 2 (HF's models/gemma2; arXiv:2408.00118): Gemma with norms behind attention and the feed-forward part too, bounded
/// scores and logits, and a window in every other layer.
/// </summary>
internal static class Gemma2
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "gemma2",
        ClassName = "Gemma2",
        Marks = ["rms_norm_eps", "attn_logit_softcapping", "query_pre_attn_scalar"],
        Sizes = new(Hidden: 2304, Inner: 9216, Layers: 26, Heads: 8, Groups: 4, Vocabulary: 256000) { HeadWidth = 256, PaddingRow = 0 },
        Rope = new() { Positions = 8192 },
        TiesEmbeddings = true,
        QuestionAnsweringPrefix = null,
        Roles = Gemma.Roles,
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        AttentionNorms = ("input_layernorm", "post_attention_layernorm"),
        FeedForwardNorms = ("pre_feedforward_layernorm", "post_feedforward_layernorm"),
        NormOffset = 1,
        Activation = config => config.Text("hidden_activation", "gelu_pytorch_tanh"),
        Windows = config => LayerWindows.ByType(
            config, LayerWindows.Size(config, absent: 4096), config.Size("num_hidden_layers", 26), layer => layer % 2 == 0),
        AttentionScale = config => config.Number("query_pre_attn_scalar", 256) is var scalar and > 0
            ? 1 / Math.Sqrt(scalar)
            : throw config.Wrong("query_pre_attn_scalar", "above 0"),
        SoftCaps = (new("attn_logit_softcapping", 50), new("final_logit_softcapping", 30)),
        ScalesEmbeddings = true,
        Refuse = Gemma.RefuseBothWays,
    }.ToFamily();
}
