namespace PeftSharp.Models.Families;

/// <summary>Qwen 2 and 2.5 (HF's models/qwen2; Yang et al. 2024, arXiv:2407.10671): LLaMA with biases in front of attention.</summary>
internal static class Qwen2
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "qwen2",
        ClassName = "Qwen2",
        Marks = ["rms_norm_eps", "use_sliding_window", "max_window_layers"],
        Sizes = new(Hidden: 4096, Inner: 22016, Layers: 32, Heads: 32, Groups: 32, Vocabulary: 151936),
        Rope = new() { Positions = 32768 },
        Roles = Roles,
        AttentionBias = _ => (true, false),
        Windows = Windows,
    }.ToFamily();

    /// <summary>peft's defaults for Qwen 2 and 3.</summary>
    internal static ModuleRoles Roles => new("q_proj", "k_proj", "v_proj", "down_proj")
    {
        HubIntermediate = "down_proj",
        HubOutput = "up_proj",
        Ia3Targets = ["q_proj", "v_proj", "down_proj"],
        NormTargets = ["post_attention_layernorm"],
    };

    /// <summary>Off unless <c>use_sliding_window</c>; then from layer <c>max_window_layers</c> on, where <c>layer_types</c> says nothing else.</summary>
    internal static LayerWindows Windows(ModelConfig config)
    {
        int first = config.Whole("max_window_layers", 28, minimum: 0);
        int? window = config.Flag("use_sliding_window", false) ? LayerWindows.Size(config, absent: 4096) : null;
        return LayerWindows.ByType(config, window, config.Size("num_hidden_layers", 32), layer => layer >= first);
    }
}
