namespace PeftSharp.Generation.Processing;

/// <summary>A text that a token is to be added to.</summary>
/// <param name="tokens">Prompt and new tokens, without padding or virtual tokens.</param>
/// <param name="promptLength">How many of them are the prompt.</param>
/// <param name="wanted">The most new tokens it may have.</param>
internal readonly ref struct GrowingText(ReadOnlySpan<int> tokens, int promptLength, int wanted)
{
    public ReadOnlySpan<int> Tokens { get; } = tokens;

    public ReadOnlySpan<int> Prompt => Tokens[..PromptLength];

    public int PromptLength { get; } = promptLength;

    /// <summary>The new tokens so far.</summary>
    public int Added => Tokens.Length - PromptLength;

    /// <summary>True where the next token is the last that the text may have.</summary>
    public bool IsLast => Added == wanted - 1;
}
