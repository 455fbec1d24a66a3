namespace PeftSharp.Data;

/// <summary>Between an answer in a context and the tokens it lies on (extractive question answering).</summary>
public static class AnswerSpans
{
    /// <summary>
    /// The tokens that an answer lies on: from the first to the last token that shares a code point with it. Where the
    /// answer is empty or not wholly inside the window of these tokens, both ends are <paramref name="noAnswerToken"/>.
    /// </summary>
    /// <param name="offsets">Where every token stands in its text; 0, 0 for special tokens.</param>
    /// <param name="sequenceIds">Which text every token is of; −1 for special tokens and padding.</param>
    /// <param name="contextSequence">The number of the context: 1 after a question, 0 before it.</param>
    /// <param name="answer">The answer in the context.</param>
    /// <param name="noAnswerToken">The token that stands for "no answer here": the first, [CLS], for BERT.</param>
    /// <exception cref="ArgumentException">The spans of offsets and sequence ids differ in length.</exception>
    public static ExampleLabel.Span ToTokens(
        ReadOnlySpan<CodePointSpan> offsets, ReadOnlySpan<int> sequenceIds, int contextSequence, CodePointSpan answer, int noAnswerToken = 0)
    {
        if (offsets.Length != sequenceIds.Length)
            throw new ArgumentException($"{offsets.Length} offsets and {sequenceIds.Length} sequence ids.");
        int windowStart = int.MaxValue, windowEnd = int.MinValue, first = -1, last = -1;
        for (int i = 0; i < offsets.Length; i++)
        {
            CodePointSpan token = offsets[i];
            if (sequenceIds[i] != contextSequence || token.End <= token.Start)
                continue;
            windowStart = Math.Min(windowStart, token.Start);
            windowEnd = Math.Max(windowEnd, token.End);
            if (token.End <= answer.Start || token.Start >= answer.End)
                continue;
            first = first < 0 ? i : first;
            last = i;
        }

        bool inside = answer.Start >= windowStart && answer.End <= windowEnd && answer.Start < answer.End;
        return inside && first >= 0 ? new(first, last) : new(noAnswerToken, noAnswerToken);
    }

    /// <summary>The likeliest answer: the start and end in the context, at most so many tokens apart, with the highest sum of logits.</summary>
    /// <param name="startLogits">A logit for every token.</param>
    /// <param name="endLogits">As many.</param>
    /// <param name="sequenceIds">Which text every token is of.</param>
    /// <param name="contextSequence">The number of the context.</param>
    /// <param name="maxTokens">The longest answer; 30 is usual.</param>
    /// <returns>The tokens and their sum, or null if no token is of the context.</returns>
    /// <exception cref="ArgumentException">The spans differ in length, or <paramref name="maxTokens"/> is not positive.</exception>
    public static (ExampleLabel.Span Tokens, float Score)? Best(
        ReadOnlySpan<float> startLogits, ReadOnlySpan<float> endLogits, ReadOnlySpan<int> sequenceIds, int contextSequence, int maxTokens = 30)
    {
        if (startLogits.Length != endLogits.Length || startLogits.Length != sequenceIds.Length)
            throw new ArgumentException($"{startLogits.Length} start logits, {endLogits.Length} end logits and {sequenceIds.Length} sequence ids.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        (int start, int end, float best) = (-1, -1, float.NegativeInfinity);
        for (int i = 0; i < startLogits.Length; i++)
        {
            for (int j = i; j < endLogits.Length && j - i < maxTokens && sequenceIds[i] == contextSequence && sequenceIds[j] == contextSequence; j++)
            {
                float score = startLogits[i] + endLogits[j];
                if (start < 0 || score > best)
                    (start, end, best) = (i, j, score);
            }
        }

        return start < 0 ? null : (new(start, end), best);
    }
}
