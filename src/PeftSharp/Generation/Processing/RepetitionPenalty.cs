namespace PeftSharp.Generation.Processing;

/// <summary>
/// Keskar et al. 2019 (CTRL): the score s of each token that the text already has becomes s / penalty where s is positive
/// and s · penalty where it is negative (<c>repetition_penalty</c>). With the prompt's tokens alone and the penalty turned
/// over it favours them (<c>encoder_repetition_penalty</c>).
/// </summary>
internal sealed class RepetitionPenalty(double penalty, int vocabulary, bool ofPrompt = false) : ILogitsProcessor
{
    private readonly float _penalty = (float)penalty;

    // The call that saw a token last: each token is penalised once however often it stands there.
    private readonly int[] _seen = new int[vocabulary];
    private int _call;

    public void Process(in GrowingText text, Span<float> scores)
    {
        _call++;
        foreach (int token in ofPrompt ? text.Prompt : text.Tokens)
        {
            if (_seen[token] == _call)
                continue;
            _seen[token] = _call;
            scores[token] = scores[token] < 0 ? scores[token] * _penalty : scores[token] / _penalty;
        }
    }
}
