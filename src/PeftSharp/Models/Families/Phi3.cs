namespace PeftSharp.Models.Families;

/// <summary>
/// Phi-3, 3.5 and 4 mini (HF's models/phi3; Abdin et al. 2024, arXiv:2404.14219): LLaMA with joined products; a part of each head
/// may turn, and positions may be stretched by longrope.
/// </summary>
internal static class Phi3
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "phi3",
        ClassName = "Phi3",
        Sizes = new(Hidden: 3072, Inner: 8192, Layers: 32, Heads: 32, Groups: null, Vocabulary: 32064) { Epsilon = 1e-5, PaddingRow = 32000 },
        Rope = new() { Positions = 4096, OriginalPositions = 4096, HasParts = true, OldTypes = ["su", "yarn"] },
        QuestionAnsweringPrefix = null,
        Roles = new("qkv_proj", "qkv_proj", "qkv_proj", "down_proj") { HubIntermediate = "down_proj", HubOutput = "gate_up_proj", JoinsQueryKeyValue = true },
        JoinsProducts = true,
        Windows = config => LayerWindows.Same(config, absent: null),
        Dropouts = config => (config.Probability("embd_pdrop", 0), config.Probability("resid_pdrop", 0)),
    }.ToFamily();
}
