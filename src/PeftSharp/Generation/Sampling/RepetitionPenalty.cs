namespace PeftSharp.Generation.Sampling;

/// <summary>
/// Keskar et al. 2019 (CTRL): the score s of each token that the sequence already has becomes s / penalty where s is
/// positive and s · penalty where it is negative. Works for one row at a time; not safe for many threads.
/// </summary>
internal sealed class RepetitionPenalty(double penalty, int vocabulary)
{
    private readonly float _penalty = (float)penalty;

    // The call that saw a token last: each token is penalised once however often it stands there.
    private readonly int[] _seen = penalty == 1 ? [] : new int[vocabulary];
    private int _call;

    public void Apply(ReadOnlySpan<int> sequence, Span<float> scores)
    {
        if (_seen.Length == 0)
            return;
        _call++;
        foreach (int token in sequence)
        {
            if (_seen[token] == _call)
                continue;
            _seen[token] = _call;
            scores[token] = scores[token] < 0 ? scores[token] * _penalty : scores[token] / _penalty;
        }
    }
}
