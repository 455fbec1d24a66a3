using PeftSharp.Data;
using PeftSharp.Generation.Decoding;
using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation;

/// <summary>The beams of one prompt: those that run, best first, and those that have ended.</summary>
internal sealed class BeamGroup
{
    /// <summary>What transformers takes for the score of a beam that must not be chosen.</summary>
    private const float Hopeless = -1e9f;

    private readonly GenerationOptions _options;
    private readonly int _wanted;
    private readonly int _beams;
    private readonly int _promptLength;
    private readonly ICandidates _candidates;
    private readonly List<FinishedBeam> _finished;
    private readonly bool[] _ends;
    private TokenSequence[] _running;
    private TokenSequence[] _spare;
    private float[] _scores;
    private float[] _spareScores;
    private int _added;
    private bool _canImprove = true;

    public BeamGroup(PromptTokens prompt, GenerationOptions options, int wanted, int vocabulary, CounterRandom? random = null)
    {
        _options = options;
        _wanted = wanted;
        _beams = options.NumBeams;
        _promptLength = prompt.Given.Length;
        // However many of the best candidates are end tokens, enough others are left to go on with.
        int kept = Math.Max(2, 1 + (options.EosTokenIds?.Count ?? 0)) * _beams;
        int count = (int)Math.Min(kept, (long)_beams * vocabulary);
        _candidates = random is { } draws ? new DrawnCandidates(count, draws) : new BestCandidates(count);
        _ends = new bool[vocabulary];
        foreach (int id in options.EosTokenIds ?? [])
            if (id < vocabulary)
                _ends[id] = true;
        _finished = new(_beams + 1);
        _running = Sequences();
        _spare = Sequences();
        // At first all beams are the same prompt, so only the first may be gone on with.
        _scores = [0, .. Enumerable.Repeat(Hopeless, _beams - 1)];
        _spareScores = new float[_beams];

        TokenSequence[] Sequences() => [.. Enumerable.Range(0, _beams).Select(_ => new TokenSequence(prompt.Begin, wanted))];
    }

    /// <summary>True when nothing better can come.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The tokens of a running beam, prompt included.</summary>
    public ReadOnlySpan<int> Sequence(int beam) => _running[beam].Tokens;

    /// <summary>Shows the log-probabilities of the tokens that may follow a running beam.</summary>
    public void Offer(int beam, ReadOnlySpan<float> logProbabilities) => _candidates.Offer(beam, _scores[beam], logProbabilities);

    /// <summary>Chooses among what was offered: the beams that run next and those that end.</summary>
    /// <param name="tokens">Receives the last token of each running beam.</param>
    /// <param name="sources">Receives the beam that each one continues.</param>
    /// <param name="timeIsOver">Whether no further token is wanted.</param>
    public void Advance(Span<int> tokens, Span<int> sources, bool timeIsOver = false)
    {
        if (IsDone)
        {
            tokens.Fill(_options.PadTokenId!.Value);
            for (int beam = 0; beam < _beams; beam++)
                sources[beam] = beam;
            return;
        }
        ReadOnlySpan<Candidate> best = _candidates.Take();
        _added++;
        bool last = _added == _wanted || timeIsOver;
        Finish(best, last);
        int running = last ? 0 : GoOn(best, tokens, sources);
        // Where every candidate ended, the rest of the rows are fed something harmless.
        for (int beam = running; beam < _beams; beam++)
            Put(beam, best[Math.Min(beam, best.Length - 1)], Hopeless, tokens, sources);
        (_running, _spare) = (_spare, _running);
        (_scores, _spareScores) = (_spareScores, _scores);
        _canImprove &= CanImprove();
        IsDone = !_canImprove || running == 0
            || (_options.EarlyStopping == EarlyStopping.Immediately && _finished.Count == _beams);
    }

    /// <summary>The best beams that ended, as many as are wanted.</summary>
    public IEnumerable<GeneratedTokens> Results() => _finished
        .Take(_options.NumReturnSequences)
        .Select(best => new GeneratedTokens(best.Tokens, best.Reason, _promptLength));

    /// <summary>Sets aside the candidates that end: only those among the first so many count.</summary>
    private void Finish(ReadOnlySpan<Candidate> best, bool last)
    {
        if (_options.EarlyStopping == EarlyStopping.Immediately && _finished.Count == _beams)
            return;
        float length = (float)Math.Pow(_added, _options.LengthPenalty);
        for (int i = 0; i < Math.Min(_beams, best.Length); i++)
        {
            Candidate candidate = best[i];
            if (!last && !_ends[candidate.Token])
                continue;
            float score = candidate.Score / length;
            // The first of equals stays in front.
            int at = _finished.FindIndex(beam => beam.Score < score);
            if (at < 0 && _finished.Count >= _beams)
                continue;
            int[] tokens = [.. _running[candidate.Beam].NewTokens, candidate.Token];
            FinishReason reason = _ends[candidate.Token] ? FinishReason.Stop : FinishReason.Length;
            _finished.Insert(at < 0 ? _finished.Count : at, new FinishedBeam(tokens, score, reason));
            if (_finished.Count > _beams)
                _finished.RemoveAt(_beams);
        }
    }

    /// <summary>Goes on with the best candidates that do not end; returns how many there are.</summary>
    private int GoOn(ReadOnlySpan<Candidate> best, Span<int> tokens, Span<int> sources)
    {
        int running = 0;
        foreach (Candidate candidate in _candidates.BestFirst(best))
            if (running < _beams && !_ends[candidate.Token])
                Put(running++, candidate, candidate.Score, tokens, sources);
        return running;
    }

    private void Put(int beam, Candidate candidate, float score, Span<int> tokens, Span<int> sources)
    {
        _spare[beam].CopyFrom(_running[candidate.Beam]);
        _spare[beam].Add(candidate.Token);
        _spareScores[beam] = score;
        tokens[beam] = candidate.Token;
        sources[beam] = candidate.Beam;
    }

    /// <summary>Whether the best running beam may still beat the worst finished one.</summary>
    private bool CanImprove()
    {
        if (_finished.Count < _beams)
            return true;
        int length = _options.EarlyStopping == EarlyStopping.Never && _options.LengthPenalty > 0 ? _wanted : _added;
        return _scores[0] / (float)Math.Pow(length, _options.LengthPenalty) > _finished[^1].Score;
    }

    private sealed record FinishedBeam(int[] Tokens, float Score, FinishReason Reason);
}
