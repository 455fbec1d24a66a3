using PeftSharp.Data;

namespace PeftSharp.Generation.Sampling;

/// <summary>
/// Draws a token: logits / temperature, then only the top-k, of those the top-p, of those the min-p, then one of the rest
/// by its probability (transformers' order). Reuses its arrays; not safe for many threads.
/// </summary>
/// <param name="options">The options.</param>
/// <param name="vocabulary">The number of different tokens.</param>
/// <param name="least">So many tokens stay, however unlikely.</param>
internal sealed class TokenSampler(GenerationOptions options, int vocabulary, int least = 1)
{
    private readonly int[] _ids = new int[vocabulary];
    private readonly double[] _weights = new double[vocabulary];
    private readonly HighestK? _topK = options.TopK > 0 && Math.Max(options.TopK, least) < vocabulary ? new HighestK(Math.Max(options.TopK, least)) : null;
    private int _count;

    /// <summary>The tokens that the last draw chose from; likeliest first where top-p or min-p is on.</summary>
    public ReadOnlySpan<int> Candidates => _ids.AsSpan(0, _count);

    /// <summary>What the chances of <see cref="Candidates"/> are proportional to: 1 for the likeliest token.</summary>
    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, _count);

    /// <summary>A token for these logits.</summary>
    /// <exception cref="PeftException">The logits are not numbers.</exception>
    public int Draw(ReadOnlySpan<float> logits, ref CounterRandom random)
    {
        Choose(logits);
        double sum = 0;
        foreach (double weight in Weights)
            sum += weight;
        double left = random.NextDouble() * sum;
        for (int i = 0; i < _count; i++)
        {
            left -= _weights[i];
            if (left < 0)
                return _ids[i];
        }
        return _ids[_count - 1];
    }

    /// <summary>Finds the tokens to draw from; one that is forbidden (−∞) is not among them.</summary>
    /// <exception cref="PeftException">The logits are not numbers.</exception>
    public void Choose(ReadOnlySpan<float> logits)
    {
        float highest = Scores.Max(logits);
        bool sorted = options.TopP < 1 || options.MinP > 0;
        double lowest = _topK?.Lowest(logits) ?? (sorted && least == 1 ? OutOfReach(highest, logits.Length) : double.NegativeInfinity);
        // Top-p counts what top-k left, but all of it.
        bool counts = _topK is null && options.TopP < 1;
        double outside = 0;
        _count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            bool kept = logits[id] >= lowest && !float.IsNegativeInfinity(logits[id]);
            if (!kept && !counts)
                continue;
            double weight = Math.Exp((logits[id] - (double)highest) / options.Temperature);
            if (!kept)
            {
                outside += weight;
                continue;
            }
            _ids[_count] = id;
            _weights[_count++] = weight;
        }
        if (!sorted)
            return;
        SortLikeliestFirst();
        ApplyTopP(outside);
        ApplyMinP();
    }

    /// <summary>
    /// A logit below which top-p or min-p drops every token, so that only the others need be sorted. A probability is at
    /// most exp((x − max) / T); tokens of less than (1 − p) / vocabulary have less than 1 − p together.
    /// </summary>
    private double OutOfReach(double highest, int count)
    {
        double share = options.TopP < 1 ? (1 - options.TopP) / count : options.MinP;
        return highest + options.Temperature * Math.Log(share) - 1e-6;
    }

    private void SortLikeliestFirst()
    {
        Span<double> weights = _weights.AsSpan(0, _count);
        foreach (ref double weight in weights)
            weight = -weight;
        weights.Sort(_ids.AsSpan(0, _count));
        foreach (ref double weight in weights)
            weight = -weight;
    }

    /// <summary>Drops the least likely ones while they sum to no more than 1 − p; so many always stay.</summary>
    private void ApplyTopP(double outside)
    {
        if (options.TopP >= 1)
            return;
        double sum = outside;
        foreach (double weight in Weights)
            sum += weight;
        double dropped = outside;
        while (_count > least && (dropped += _weights[_count - 1]) <= (1 - options.TopP) * sum)
            _count--;
    }

    /// <summary>Drops those less likely than the share of the likeliest.</summary>
    private void ApplyMinP()
    {
        while (_count > least && _weights[_count - 1] < options.MinP)
            _count--;
    }
}
