using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>The likeliest answer of each row: the span start ≤ end with the largest sum of its two logits.</summary>
/// <param name="Start">Its first position in the padded row.</param>
/// <param name="End">Its last position.</param>
/// <param name="Score">The sum of the logits.</param>
internal readonly record struct AnswerSpan(int Start, int End, float Score)
{
    /// <summary>
    /// One span a row. Padding never answers; where rows have segments only the second one does (the first is the
    /// question), or the very first token alone, which stands for no answer.
    /// </summary>
    /// <exception cref="PeftException">The logits are not numbers.</exception>
    public static AnswerSpan[] Best(EvaluationBatch batch)
    {
        float[] logits = EvaluationBatch.Floats(batch.Logits());
        UsableNumbers.Require(logits);
        int width = batch.Padded.Width;
        ReadOnlySpan<long> mask = batch.Padded.AttentionMask.Span, types = batch.Padded.TypeIds.Span;
        AnswerSpan[] best = new AnswerSpan[batch.Padded.Rows];
        for (int row = 0; row < best.Length; row++)
        {
            int at = row * width;
            best[row] = Best(
                logits.AsSpan(2 * at, 2 * width), mask.Slice(at, width), batch.Padded.HasTypeIds ? types.Slice(at, width) : []);
        }
        return best;
    }

    /// <summary>The best span of one row.</summary>
    /// <param name="logits">Start and end of each position, in turn.</param>
    /// <param name="mask">1 for a token.</param>
    /// <param name="types">The segments, or empty.</param>
    internal static AnswerSpan Best(ReadOnlySpan<float> logits, ReadOnlySpan<long> mask, ReadOnlySpan<long> types)
    {
        int first = Math.Max(0, mask.IndexOf(1L)), start = -1;
        bool hasContext = types.Contains(1L);
        AnswerSpan best = new(first, first, logits[2 * first] + logits[2 * first + 1]);
        for (int i = first; i < mask.Length; i++)
        {
            if (mask[i] == 0 || (hasContext && types[i] != 1))
                continue;
            if (start < 0 || logits[2 * i] > logits[2 * start])
                start = i;
            float score = logits[2 * start] + logits[2 * i + 1];
            if (score > best.Score)
                best = new(start, i, score);
        }
        return best;
    }
}
