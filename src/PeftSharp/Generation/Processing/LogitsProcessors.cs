namespace PeftSharp.Generation.Processing;

/// <summary>The processors that options ask for, in transformers' order.</summary>
internal sealed class LogitsProcessors
{
    private readonly ILogitsProcessor[] _processors;

    private LogitsProcessors(IEnumerable<ILogitsProcessor> processors) => _processors = [.. processors];

    /// <summary>What applies whether tokens are drawn or not.</summary>
    public static LogitsProcessors Of(GenerationOptions options, int vocabulary) => new(
        [.. Common(options, vocabulary), .. options is { RenormalizeLogits: true, DoSample: false } ? (ILogitsProcessor[])[new Normalization()] : []]);

    /// <summary>What applies only where tokens are drawn and a <see cref="Sampling.TokenSampler"/> of these options does not do by itself.</summary>
    /// <param name="options">The options.</param>
    /// <param name="vocabulary">The number of different tokens.</param>
    /// <param name="beams">Whether several texts are followed: then enough tokens stay that one of them is no end token.</param>
    /// <param name="left">The options of the sampler that draws from what these leave.</param>
    public static LogitsProcessors OfDrawing(GenerationOptions options, int vocabulary, bool beams, out GenerationOptions left)
    {
        bool plain = !beams && options is { TopH: null, TypicalP: 1, EpsilonCutoff: 0, EtaCutoff: 0 };
        left = plain ? options : options with { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };
        // Log-probabilities are drawn from like the scores they were made of.
        return new(plain ? [] : Drawing(options, vocabulary, beams ? 1 + (options.EosTokenIds?.Count ?? 0) : 1));
    }

    public void Process(in GrowingText text, Span<float> scores)
    {
        foreach (ILogitsProcessor processor in _processors)
            processor.Process(text, scores);
    }

    private static IEnumerable<ILogitsProcessor> Common(GenerationOptions options, int vocabulary)
    {
        int[] ends = [.. (options.EosTokenIds ?? []).Where(id => id < vocabulary)];
        if (options.SequenceBias.Count > 0)
            yield return new BiasedSequences(options.SequenceBias);
        if (options.EncoderRepetitionPenalty != 1)
            yield return new RepetitionPenalty(1 / options.EncoderRepetitionPenalty, vocabulary, ofPrompt: true);
        if (options.RepetitionPenalty != 1)
            yield return new RepetitionPenalty(options.RepetitionPenalty, vocabulary);
        if (options.NoRepeatNgramSize > 0)
            yield return new UnrepeatedNgrams(options.NoRepeatNgramSize, ofPrompt: false);
        if (options.EncoderNoRepeatNgramSize > 0)
            yield return new UnrepeatedNgrams(options.EncoderNoRepeatNgramSize, ofPrompt: true);
        if (options.BadWordsIds.Count > 0)
            yield return new BiasedSequences(BadWords(options));
        if (options.MinLength > 0)
            yield return new MinimumLength(options.MinLength, ends);
        if (options.MinNewTokens > 0)
            yield return new MinimumNewTokens(options.MinNewTokens, ends);
        if (options.ForcedBosTokenId is { } first)
            yield return new ForcedFirstToken(first);
        if (options.ForcedEosTokenIds.Count > 0)
            yield return new ForcedLastToken([.. options.ForcedEosTokenIds]);
        if (options.RemoveInvalidValues)
            yield return new InvalidValuesRemoved();
        if (options.ExponentialDecayLengthPenalty is { } penalty)
            yield return new LengthDecay(penalty, ends);
        if (options.SuppressTokens.Count > 0)
            yield return new SuppressedTokens([.. options.SuppressTokens.Where(id => id < vocabulary)]);
        if (options.BeginSuppressTokens.Count > 0)
            yield return new SuppressedAtBegin([.. options.BeginSuppressTokens.Where(id => id < vocabulary)], options.ForcedBosTokenId is not null);
    }

    private static IEnumerable<ILogitsProcessor> Drawing(GenerationOptions options, int vocabulary, int least)
    {
        if (options.TopH is { } share)
        {
            yield return new Temperature(options.Temperature);
            yield return new TopEntropy(share, vocabulary);
            options = options with { Temperature = 1 };
        }
        yield return new LikeliestTokens(options, vocabulary, least);
        if (options.TypicalP < 1)
            yield return new TypicalTokens(options.TypicalP, vocabulary, least);
        if (options.EpsilonCutoff > 0)
            yield return new UnlikelyTokensCut(options.EpsilonCutoff, byEntropy: false, vocabulary, least);
        if (options.EtaCutoff > 0)
            yield return new UnlikelyTokensCut(options.EtaCutoff, byEntropy: true, vocabulary, least);
        if (options.RenormalizeLogits)
            yield return new Normalization();
    }

    /// <summary>Each word once; a word that is just an end token is none.</summary>
    private static IReadOnlyList<SequenceBias> BadWords(GenerationOptions options) =>
    [
        .. options.BadWordsIds
            .Where(word => word.Count > 1 || !(options.EosTokenIds ?? []).Contains(word[0]))
            .Select(word => new SequenceBias(word, double.NegativeInfinity)),
    ];
}
