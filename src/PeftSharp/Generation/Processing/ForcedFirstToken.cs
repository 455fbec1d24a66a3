namespace PeftSharp.Generation.Processing;

/// <summary>The token after the very first one of a text (<c>forced_bos_token_id</c>): only behind a prompt of one token.</summary>
internal sealed class ForcedFirstToken(int token) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        if (text.Tokens.Length == 1)
            Forbidden.AllBut([token], scores);
    }
}
