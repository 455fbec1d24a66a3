namespace PeftSharp.Generation.Processing;

/// <summary>Tokens that must not come.</summary>
internal static class Forbidden
{
    public static void Set(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        foreach (int token in tokens)
            scores[token] = float.NegativeInfinity;
    }

    /// <summary>Leaves only these tokens, each with the score 0.</summary>
    public static void AllBut(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        scores.Fill(float.NegativeInfinity);
        foreach (int token in tokens)
            scores[token] = 0;
    }
}
