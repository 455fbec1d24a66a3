using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation.Processing;

/// <summary>Temperature, top-k, top-p and min-p at once: what a <see cref="TokenSampler"/> would choose from, each score divided by the temperature.</summary>
internal sealed class LikeliestTokens(GenerationOptions options, int vocabulary, int least) : ILogitsProcessor
{
    private readonly TokenSampler _sampler = new(options, vocabulary, least);
    private readonly float[] _kept = new float[vocabulary];
    private readonly float _temperature = (float)options.Temperature;

    public void Process(in GrowingText text, Span<float> scores)
    {
        _sampler.Choose(scores);
        ReadOnlySpan<int> candidates = _sampler.Candidates;
        for (int i = 0; i < candidates.Length; i++)
            _kept[i] = scores[candidates[i]] / _temperature;
        scores.Fill(float.NegativeInfinity);
        for (int i = 0; i < candidates.Length; i++)
            scores[candidates[i]] = _kept[i];
    }
}
