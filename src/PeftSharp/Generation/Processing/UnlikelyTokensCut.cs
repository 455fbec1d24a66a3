using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation.Processing;

/// <summary>
/// Hewitt et al. 2022: no token less likely than ε (<c>epsilon_cutoff</c>), or than the lesser of ε and √ε · exp(−entropy)
/// (<c>eta_cutoff</c>); the likeliest ones always stay.
/// </summary>
internal sealed class UnlikelyTokensCut(double epsilon, bool byEntropy, int vocabulary, int least) : ILogitsProcessor
{
    private readonly float[] _logs = new float[vocabulary];
    private readonly HighestK _highest = new(Math.Min(least, vocabulary));

    public void Process(in GrowingText text, Span<float> scores)
    {
        scores.CopyTo(_logs);
        Scores.LogSoftmax(_logs);
        double bound = byEntropy ? Math.Min(epsilon, Math.Sqrt(epsilon) * Math.Exp(-Scores.EntropyOfLogs(_logs))) : epsilon;
        float always = _highest.Lowest(scores);
        for (int id = 0; id < scores.Length; id++)
            if (Math.Exp(_logs[id]) < bound && scores[id] < always)
                scores[id] = float.NegativeInfinity;
    }
}
