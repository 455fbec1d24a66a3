namespace PeftSharp.Generation.Processing;

/// <summary>
/// Adds a bias to the token that would complete a sequence (<c>sequence_bias</c>; −∞ for <c>bad_words_ids</c>): for a
/// sequence of one token always, for a longer one where the text ends in what comes before its last.
/// </summary>
internal sealed class BiasedSequences(IReadOnlyList<SequenceBias> sequences) : ILogitsProcessor
{
    private readonly (int[] Before, int Last, float Bias)[] _sequences =
        [.. sequences.Select(sequence => ((int[])[.. sequence.TokenIds.SkipLast(1)], sequence.TokenIds[^1], (float)sequence.Bias))];

    public void Process(in GrowingText text, Span<float> scores)
    {
        foreach ((int[] before, int last, float bias) in _sequences)
            if (text.Tokens.EndsWith(before))
                scores[last] += bias;
    }
}
