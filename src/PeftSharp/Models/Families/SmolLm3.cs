namespace PeftSharp.Models.Families;

/// <summary>SmolLM3 (HF's models/smollm3; Hugging Face 2025): LLaMA in which every fourth layer knows no positions.</summary>
internal static class SmolLm3
{
    public static ModelFamily Family { get; } = new LlamaLike
    {
        ModelType = "smollm3",
        ClassName = "SmolLM3",
        Marks = ["rms_norm_eps", "no_rope_layers", "no_rope_layer_interval"],
        Sizes = new(Hidden: 2048, Inner: 11008, Layers: 36, Heads: 16, Groups: 4, Vocabulary: 128256) { PaddingRow = 128004 },
        Rope = new() { Positions = 32768, Theta = 2000000 },
        TiesEmbeddings = true,
        AttentionBias = config => config.Flag("attention_bias", false) ? (true, true) : (false, false),
        FeedForwardBias = config => config.Flag("mlp_bias", false),
        Rotates = Rotates,
        Windows = config => LayerWindows.ByType(
            config,
            config.Flag("use_sliding_window", false) ? LayerWindows.Size(config, absent: null) : null,
            config.Size("num_hidden_layers", 36),
            layer => !Rotates(config, layer)),
    }.ToFamily();

    /// <summary>By <c>no_rope_layers</c>, 1 for a layer that turns its queries and keys (so the name misleads), else all but every <c>no_rope_layer_interval</c>-th.</summary>
    private static bool Rotates(ModelConfig config, int layer)
    {
        const string Key = "no_rope_layers";
        if (config.Integers(Key) is not { } each)
            return (layer + 1) % config.Size("no_rope_layer_interval", 4) != 0;
        return layer < each.Count ? each[layer] != 0 : throw new PeftException($"{config.Source}: '{Key}' names {each.Count} layers and the model has more.");
    }
}
