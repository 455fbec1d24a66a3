namespace PeftSharp.Generation.Processing;

/// <summary>Tokens that never come (<c>suppress_tokens</c>).</summary>
internal sealed class SuppressedTokens(int[] tokens) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores) => Forbidden.Set(tokens, scores);
}
