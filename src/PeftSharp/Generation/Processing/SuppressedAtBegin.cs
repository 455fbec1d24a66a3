namespace PeftSharp.Generation.Processing;

/// <summary>
/// Tokens that do not come first (<c>begin_suppress_tokens</c>); second, where the first one is forced
/// (<paramref name="firstIsForced"/>, and the prompt is of the one token that asks for).
/// </summary>
internal sealed class SuppressedAtBegin(int[] tokens, bool firstIsForced) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        if (text.Added == (firstIsForced && text.PromptLength == 1 ? 1 : 0))
            Forbidden.Set(tokens, scores);
    }
}
