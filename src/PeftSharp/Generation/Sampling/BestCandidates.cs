namespace PeftSharp.Generation.Sampling;

/// <summary>The best continuations of several beams, found in one pass over the scores without sorting them.</summary>
internal sealed class BestCandidates(int count) : ICandidates
{
    private readonly PriorityQueue<Candidate, float> _best = new(count + 1);
    private readonly Candidate[] _taken = new Candidate[count];

    public void Offer(int beam, float before, ReadOnlySpan<float> logProbabilities)
    {
        for (int token = 0; token < logProbabilities.Length; token++)
        {
            float score = logProbabilities[token] + before;
            if (_best.Count < count)
                _best.Enqueue(new Candidate(beam, token, score), score);
            else if (_best.TryPeek(out _, out float lowest) && score > lowest)
                _best.EnqueueDequeue(new Candidate(beam, token, score), score);
        }
    }

    /// <summary>The best, best first, and starts afresh.</summary>
    public ReadOnlySpan<Candidate> Take()
    {
        int taken = 0;
        while (_best.TryDequeue(out Candidate candidate, out _))
            _taken[taken++] = candidate;
        Span<Candidate> found = _taken.AsSpan(0, taken);
        found.Sort(Candidate.BestFirst);
        return found;
    }

    public ReadOnlySpan<Candidate> BestFirst(ReadOnlySpan<Candidate> taken) => taken;
}
