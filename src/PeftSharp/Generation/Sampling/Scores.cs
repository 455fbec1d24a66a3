using System.Numerics;
using System.Runtime.InteropServices;
using PeftSharp.Models;

namespace PeftSharp.Generation.Sampling;

/// <summary>Arithmetic on the scores of one position, in place.</summary>
internal static class Scores
{
    /// <summary>The first of the highest scores.</summary>
    /// <exception cref="PeftException">A score is not a number, or none is finite.</exception>
    public static int ArgMax(ReadOnlySpan<float> scores)
    {
        float best = Max(scores);
        return scores.IndexOf(best);
    }

    /// <summary>The highest score.</summary>
    /// <exception cref="PeftException">A score is not a number, or none is finite.</exception>
    public static float Max(ReadOnlySpan<float> scores)
    {
        float best = float.NegativeInfinity;
        int done = 0;
        if (scores.Length >= Vector<float>.Count)
        {
            // Vector.Max carries NaN on.
            ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(scores);
            Vector<float> high = wide[0];
            foreach (Vector<float> part in wide)
                high = Vector.Max(high, part);
            for (int i = 0; i < Vector<float>.Count; i++)
                best = MathF.Max(best, high[i]);
            done = wide.Length * Vector<float>.Count;
        }
        foreach (float score in scores[done..])
            best = MathF.Max(best, score);
        return float.IsFinite(best)
            ? best
            : throw new PeftException(
                float.IsNegativeInfinity(best)
                    ? "Every token is forbidden: the options leave none to go on with (suppress_tokens, bad_words_ids, no_repeat_ngram_size, a smallest length without another token)."
                    : UsableNumbers.Message);
    }

    /// <summary>−Σ p log p of log-probabilities.</summary>
    public static double EntropyOfLogs(ReadOnlySpan<float> logs)
    {
        double entropy = 0;
        foreach (float log in logs)
            if (!float.IsNegativeInfinity(log))
                entropy -= Math.Exp(log) * log;
        return entropy;
    }

    /// <summary>x ← x − max − log Σ exp(x − max).</summary>
    public static void LogSoftmax(Span<float> scores)
    {
        float max = Max(scores);
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(scores);
        Vector<float> highest = new(max);
        double sum = 0;
        foreach (Vector<float> part in wide)
            sum += Vector.Sum(Vector.Exp(part - highest));
        Span<float> rest = scores[(wide.Length * Vector<float>.Count)..];
        foreach (float score in rest)
            sum += MathF.Exp(score - max);
        float log = (float)Math.Log(sum);
        Vector<float> logs = new(log);
        for (int i = 0; i < wide.Length; i++)
            wide[i] = wide[i] - highest - logs;
        for (int i = 0; i < rest.Length; i++)
            rest[i] = rest[i] - max - log;
    }
}
