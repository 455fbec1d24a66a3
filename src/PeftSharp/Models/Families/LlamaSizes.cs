namespace PeftSharp.Models.Families;

/// <summary>The sizes that a config of LLaMA's kind need not name, and their checks.</summary>
/// <param name="Hidden">The width of the hidden states.</param>
/// <param name="Inner">That of the feed-forward part.</param>
/// <param name="Layers">The number of layers.</param>
/// <param name="Heads">The query heads.</param>
/// <param name="Groups">The key/value heads; null for as many as query heads, which is also what null in the config means.</param>
/// <param name="Vocabulary">The tokens.</param>
internal sealed record LlamaSizes(int Hidden, int Inner, int Layers, int Heads, int? Groups, int Vocabulary)
{
    /// <summary>The width of a head; null for hidden / heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>The ε of norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The row of the token embedding that is never trained, where the config names none.</summary>
    public long? PaddingRow { get; init; }

    /// <summary>Those of a config.</summary>
    /// <exception cref="PeftException">They contradict each other.</exception>
    public LlamaShape Read(ModelConfig config)
    {
        int hidden = config.Size("hidden_size", Hidden);
        int heads = config.Size("num_attention_heads", Heads);
        int groups = config.Size("num_key_value_heads", config.IsNull("num_key_value_heads") ? heads : Groups ?? heads);
        int width = config.Size("head_dim", HeadWidth ?? Math.Max(1, hidden / heads));
        if (heads % groups != 0)
            throw new PeftException($"{config.Source}: num_attention_heads {heads} is not a multiple of num_key_value_heads {groups}.");
        if ((long)heads * width > int.MaxValue)
            throw new PeftException($"{config.Source}: num_attention_heads {heads} of head_dim {width} are wider than any model.");
        if (HeadWidth is null && !config.Has("head_dim") && hidden % heads != 0)
            throw new PeftException($"{config.Source}: hidden_size {hidden} is not a multiple of num_attention_heads {heads}, and head_dim is not given.");
        return new(hidden, config.Size("intermediate_size", Inner), config.Size("num_hidden_layers", Layers), heads, groups, width, config.Size("vocab_size", Vocabulary));
    }
}

/// <summary>The sizes of a model.</summary>
internal sealed record LlamaShape(int Hidden, int Inner, int Layers, int Heads, int Groups, int HeadWidth, int Vocabulary);
