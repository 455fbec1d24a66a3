namespace PeftSharp.Generation.Processing;

/// <summary>Scores that are no numbers become 0 and infinite ones the largest finite ones (<c>remove_invalid_values</c>).</summary>
internal sealed class InvalidValuesRemoved : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        foreach (ref float score in scores)
            score = float.IsNaN(score) ? 0 : Math.Clamp(score, float.MinValue, float.MaxValue);
    }
}
