namespace PeftSharp.Models.Families;

/// <summary>Mistral 7B (HF's models/mistral; Jiang et al. 2023, arXiv:2310.06825): LLaMA that sees a window of tokens.</summary>
internal static class Mistral
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "mistral",
        ClassName = "Mistral",
        Marks = ["rms_norm_eps", "sliding_window"],
        Sizes = new(Hidden: 4096, Inner: 14336, Layers: 32, Heads: 32, Groups: 8, Vocabulary: 32000),
        Rope = new() { Positions = 131072 },
        QuestionAnsweringPrefix = "model.",
        Windows = config => LayerWindows.Same(config, absent: 4096),
    }.ToFamily();
}
