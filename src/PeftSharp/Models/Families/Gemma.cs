namespace PeftSharp.Models.Families;

/// <summary>
/// Gemma (HF's models/gemma; arXiv:2403.08295): LLaMA with scaled embeddings that are the output head too, 1 + w in its norms
/// and a gate with GELU.
/// </summary>
internal static class Gemma
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "gemma",
        ClassName = "Gemma",
        Sizes = new(Hidden: 3072, Inner: 24576, Layers: 28, Heads: 16, Groups: 16, Vocabulary: 256000) { HeadWidth = 256, PaddingRow = 0 },
        Rope = new() { Positions = 8192 },
        TiesEmbeddings = true,
        QuestionAnsweringPrefix = null,
        Roles = Roles,
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        NormOffset = 1,
        Activation = config => config.Text("hidden_act", "gelu_pytorch_tanh"),
        ScalesEmbeddings = true,
        Refuse = RefuseBothWays,
    }.ToFamily();

    /// <summary>peft's defaults for Gemma 1 and 2.</summary>
    internal static ModuleRoles Roles => new("q_proj", "k_proj", "v_proj", "down_proj")
    {
        HubIntermediate = "down_proj",
        HubOutput = "up_proj",
        Ia3Targets = ["q_proj", "v_proj", "down_proj"],
    };

    /// <summary>A model that sees later tokens too is no decoder.</summary>
    internal static void RefuseBothWays(ModelConfig config)
    {
        if (config.Flag("use_bidirectional_attention", false))
            throw new PeftException($"{config.Source}: use_bidirectional_attention is true; only models whose tokens see the earlier ones alone are supported.");
    }
}
