using PeftSharp.Data;

namespace PeftSharp.Generation.Sampling;

/// <summary>
/// Continuations of several beams drawn by their probability, without repetition, in the order of the draws: those with the
/// highest log p + g, where g are Gumbel variables (Kool et al. 2019).
/// </summary>
internal sealed class DrawnCandidates(int count, CounterRandom random) : ICandidates
{
    private readonly PriorityQueue<Candidate, double> _first = new(count + 1);
    private readonly Candidate[] _taken = new Candidate[count];
    private readonly Candidate[] _sorted = new Candidate[count];
    private CounterRandom _random = random;

    public void Offer(int beam, float before, ReadOnlySpan<float> logProbabilities)
    {
        for (int token = 0; token < logProbabilities.Length; token++)
        {
            float score = logProbabilities[token] + before;
            // 1 − u is never 0.
            double key = score - Math.Log(-Math.Log(1 - _random.NextDouble()));
            if (_first.Count < count)
                _first.Enqueue(new Candidate(beam, token, score), key);
            else if (_first.TryPeek(out _, out double lowest) && key > lowest)
                _first.EnqueueDequeue(new Candidate(beam, token, score), key);
        }
    }

    public ReadOnlySpan<Candidate> Take()
    {
        int at = _first.Count;
        int taken = at;
        while (_first.TryDequeue(out Candidate candidate, out _))
            _taken[--at] = candidate;
        return _taken.AsSpan(0, taken);
    }

    public ReadOnlySpan<Candidate> BestFirst(ReadOnlySpan<Candidate> taken)
    {
        Span<Candidate> sorted = _sorted.AsSpan(0, taken.Length);
        taken.CopyTo(sorted);
        sorted.Sort(Candidate.BestFirst);
        return sorted;
    }
}
