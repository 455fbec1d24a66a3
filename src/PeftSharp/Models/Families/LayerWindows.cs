namespace PeftSharp.Models.Families;

/// <summary>How many tokens back each layer sees, itself among them.</summary>
/// <param name="At">That of a layer of the checkpoint; null for all.</param>
internal sealed record LayerWindows(Func<int, int?> At)
{
    /// <summary>All layers see all tokens.</summary>
    public static LayerWindows None { get; } = new(_ => null);

    /// <summary>The same for all layers: <c>sliding_window</c>, where null is none.</summary>
    /// <param name="config">The config.</param>
    /// <param name="absent">What an absent one is.</param>
    public static LayerWindows Same(ModelConfig config, int? absent)
    {
        int? window = Size(config, absent);
        return new(_ => window);
    }

    /// <summary>Those that <c>layer_types</c> names, else those of a rule.</summary>
    /// <param name="config">The config.</param>
    /// <param name="window">The window of a layer that has one; null where none may.</param>
    /// <param name="layers">The layers of the config.</param>
    /// <param name="rule">Whether a layer has one, where <c>layer_types</c> is absent.</param>
    /// <exception cref="PeftException"><c>layer_types</c> has a word too many or an unknown one.</exception>
    public static LayerWindows ByType(ModelConfig config, int? window, int layers, Func<int, bool> rule)
    {
        const string Key = "layer_types";
        if (config.Names(Key) is not { } types)
            return new(layer => window is not null && rule(layer) ? window : null);
        if (types.Count != layers)
            throw new PeftException($"{config.Source}: '{Key}' names {types.Count} layers and num_hidden_layers is {layers}.");
        int?[] each = [.. types.Select(type => type switch
        {
            "full_attention" => (int?)null,
            "sliding_attention" => window ?? throw new PeftException($"{config.Source}: '{Key}' has sliding_attention and there is no sliding_window."),
            _ => throw new PeftException($"{config.Source}: '{Key}' has '{type}'; it is made of full_attention and sliding_attention."),
        })];
        return new(layer => each[layer]);
    }

    /// <summary><c>sliding_window</c>.</summary>
    public static int? Size(ModelConfig config, int? absent)
    {
        const string Key = "sliding_window";
        return config.IsNull(Key) || (!config.Has(Key) && absent is null) ? null : config.Size(Key, absent);
    }
}
