namespace PeftSharp.Models.Families;

/// <summary>Qwen 3 (HF's models/qwen3; Yang et al. 2025, arXiv:2505.09388): LLaMA with a norm over each head's query and key.</summary>
internal static class Qwen3
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "qwen3",
        ClassName = "Qwen3",
        Sizes = new(Hidden: 4096, Inner: 22016, Layers: 32, Heads: 32, Groups: 32, Vocabulary: 151936) { HeadWidth = 128 },
        Rope = new() { Positions = 32768 },
        Roles = Qwen2.Roles,
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        NormalisesHeads = true,
        Windows = Qwen2.Windows,
    }.ToFamily();
}
