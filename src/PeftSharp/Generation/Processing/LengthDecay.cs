namespace PeftSharp.Generation.Processing;

/// <summary>
/// Behind <c>start</c> new tokens the score s of each end token grows by |s| · (factorⁿ − 1), n tokens on
/// (<c>exponential_decay_length_penalty</c>). What is forbidden stays so.
/// </summary>
internal sealed class LengthDecay(LengthDecayPenalty penalty, int[] ends) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        int over = text.Added - penalty.StartIndex;
        if (over <= 0)
            return;
        float growth = (float)(Math.Pow(penalty.DecayFactor, over) - 1);
        foreach (int end in ends)
            if (!float.IsNegativeInfinity(scores[end]))
                scores[end] += MathF.Abs(scores[end]) * growth;
    }
}
