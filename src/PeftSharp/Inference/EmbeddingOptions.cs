namespace PeftSharp.Inference;

/// <summary>
/// How vectors are asked for, with the names of sentence-transformers' <c>encode</c>. What is left null is taken from the
/// embedder's own options, and from the model's files after that.
/// </summary>
public sealed record EmbeddingOptions
{
    /// <summary>The text that goes in front of each text, such as <c>"query: "</c>; the empty string for none. Comes before <see cref="PromptName"/>.</summary>
    public string? Prompt { get; init; }

    /// <summary>The name of a prompt of the model (<see cref="TextEmbedder.Prompts"/>), such as <c>query</c>.</summary>
    public string? PromptName { get; init; }

    /// <summary>Keeps so many of a vector's first numbers (Matryoshka models); vectors that are not longer stay whole.</summary>
    public int? TruncateDim { get; init; }

    /// <summary>Whether vectors are brought to length 1 at the end, after they are truncated. A model's own normalisation comes before.</summary>
    public bool? NormalizeEmbeddings { get; init; }

    /// <summary>These options, completed by others.</summary>
    internal EmbeddingOptions Over(EmbeddingOptions defaults) => new()
    {
        Prompt = Prompt ?? (PromptName is null ? defaults.Prompt : null),
        PromptName = PromptName ?? (Prompt is null ? defaults.PromptName : null),
        TruncateDim = TruncateDim ?? defaults.TruncateDim,
        NormalizeEmbeddings = NormalizeEmbeddings ?? defaults.NormalizeEmbeddings,
    };

    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    internal void Validate()
    {
        if (TruncateDim < 1)
            throw new ArgumentException($"TruncateDim is {TruncateDim}; it must be at least 1.");
    }
}
