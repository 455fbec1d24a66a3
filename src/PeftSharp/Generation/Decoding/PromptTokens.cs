namespace PeftSharp.Generation.Decoding;

/// <summary>What one text grows from.</summary>
/// <param name="Begin">The tokens that it is added to: the prompt, or what the decoder of an encoder-decoder begins with.</param>
/// <param name="Source">What the encoder of an encoder-decoder reads; null for a model of one stack.</param>
internal sealed record PromptTokens(int[] Begin, int[]? Source = null)
{
    /// <summary>The prompt as its writer sees it.</summary>
    public int[] Given => Source ?? Begin;
}
