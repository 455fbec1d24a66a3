namespace PeftSharp.Generation.Processing;

/// <summary>No end token before so many new ones (<c>min_new_tokens</c>).</summary>
internal sealed class MinimumNewTokens(int minimum, int[] ends) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        if (text.Added < minimum)
            Forbidden.Set(ends, scores);
    }
}
