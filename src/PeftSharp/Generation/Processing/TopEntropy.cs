namespace PeftSharp.Generation.Processing;

/// <summary>
/// Of the hundred likeliest tokens those whose terms −p log p sum to no more than a share of their entropy
/// (<c>top_h</c>; Potraghloo et al. 2025); the likeliest always stays.
/// </summary>
internal sealed class TopEntropy(double share, int vocabulary) : ILogitsProcessor
{
    private const int Most = 100;

    private readonly Ranking _ranking = new(vocabulary);

    public void Process(in GrowingText text, Span<float> scores)
    {
        ReadOnlySpan<int> best = _ranking.Highest(scores, Most);
        Span<double> terms = stackalloc double[best.Length];
        double highest = scores[best[0]], sum = 0;
        foreach (int token in best)
            sum += Math.Exp(scores[token] - highest);
        double entropy = 0;
        for (int i = 0; i < best.Length; i++)
        {
            double log = scores[best[i]] - highest - Math.Log(sum);
            terms[i] = double.IsNegativeInfinity(log) ? 0 : -Math.Exp(log) * log;
            entropy += terms[i];
        }
        int kept = 1;
        for (double reached = terms[0]; kept < best.Length && (reached += terms[kept]) <= entropy * share;)
            kept++;
        _ranking.KeepFirst(kept, scores);
    }
}
