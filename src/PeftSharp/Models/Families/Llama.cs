namespace PeftSharp.Models.Families;

/// <summary>LLaMA 1 to 3 (HF's models/llama): pre-norm decoder, rotary positions, gated feed-forward, grouped heads.</summary>
internal static class Llama
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "llama",
        ClassName = "Llama",
        Marks = ["rms_norm_eps", "num_key_value_heads", "mlp_bias", "pretraining_tp"],
        Sizes = new(Hidden: 4096, Inner: 11008, Layers: 32, Heads: 32, Groups: null, Vocabulary: 32000),
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        FeedForwardBias = config => config.Flag("mlp_bias", false),
    }.ToFamily();
}
