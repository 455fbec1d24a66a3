namespace PeftSharp.Generation.Processing;

/// <summary>No end token before the text, prompt included, has so many tokens (<c>min_length</c>).</summary>
internal sealed class MinimumLength(int minimum, int[] ends) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        if (text.Tokens.Length < minimum)
            Forbidden.Set(ends, scores);
    }
}
