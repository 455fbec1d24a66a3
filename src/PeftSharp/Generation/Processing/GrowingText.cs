using PeftSharp.Generation.Decoding;

namespace PeftSharp.Generation.Processing;

/// <summary>A text that a token is to be added to.</summary>
/// <param name="tokens">The tokens that it began with and the new ones, without padding or virtual tokens.</param>
/// <param name="prompt">What it grows from.</param>
/// <param name="wanted">The most new tokens it may have.</param>
internal readonly ref struct GrowingText(ReadOnlySpan<int> tokens, PromptTokens prompt, int wanted)
{
    public ReadOnlySpan<int> Tokens { get; } = tokens;

    /// <summary>The prompt as its writer sees it: in an encoder-decoder what the encoder reads.</summary>
    public ReadOnlySpan<int> Prompt { get; } = prompt.Given;

    /// <summary>How many of the tokens it began with.</summary>
    public int PromptLength { get; } = prompt.Begin.Length;

    /// <summary>The new tokens so far.</summary>
    public int Added => Tokens.Length - PromptLength;

    /// <summary>True where the next token is the last that the text may have.</summary>
    public bool IsLast => Added == wanted - 1;
}
