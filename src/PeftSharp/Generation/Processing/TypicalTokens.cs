using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation.Processing;

/// <summary>
/// Locally typical sampling (Meister et al. 2022): the tokens whose surprise is nearest to the expected one, as few as make
/// up a probability (<c>typical_p</c>).
/// </summary>
internal sealed class TypicalTokens(double mass, int vocabulary, int least) : ILogitsProcessor
{
    private readonly Ranking _ranking = new(vocabulary);
    private readonly float[] _logs = new float[vocabulary];
    private readonly float[] _unlike = new float[vocabulary];

    public void Process(in GrowingText text, Span<float> scores)
    {
        scores.CopyTo(_logs);
        Scores.LogSoftmax(_logs);
        double entropy = Scores.EntropyOfLogs(_logs);
        for (int id = 0; id < _logs.Length; id++)
            _unlike[id] = (float)Math.Abs(-(double)_logs[id] - entropy);
        ReadOnlySpan<int> order = _ranking.Lowest(_unlike);
        int kept = 0;
        for (double sum = 0; kept < order.Length - 1 && (sum += Math.Exp(_logs[order[kept]])) < mass;)
            kept++;
        // The one that reaches the mass is kept, and those that are as typical as it is.
        float last = _unlike[order[kept]];
        while (kept < order.Length && _unlike[order[kept]] <= last)
            kept++;
        _ranking.KeepFirst(Math.Min(Math.Max(kept, least), order.Length), scores);
    }
}
