namespace PeftSharp.Generation.Processing;

/// <summary>The last token of a text that reaches its greatest length (<c>forced_eos_token_id</c>): one of these.</summary>
internal sealed class ForcedLastToken(int[] tokens) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        if (text.IsLast)
            Forbidden.AllBut(tokens, scores);
    }
}
