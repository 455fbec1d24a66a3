namespace PeftSharp.Models.Families;

/// <summary>OLMo 2 (HF's models/olmo2; OLMo team 2025, arXiv:2501.00656): LLaMA with its norms behind each part, and over all queries and all keys of a token.</summary>
internal static class Olmo2
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "olmo2",
        ClassName = "Olmo2",
        Sizes = new(Hidden: 4096, Inner: 11008, Layers: 32, Heads: 32, Groups: null, Vocabulary: 50304) { Epsilon = 1e-5, PaddingRow = 1 },
        QuestionAnsweringPrefix = null,
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        NormalisesHeads = false,
        AttentionNorms = (null, "post_attention_layernorm"),
        FeedForwardNorms = (null, "post_feedforward_layernorm"),
    }.ToFamily();
}
