namespace PeftSharp.Generation.Sampling;

/// <summary>A beam continued by a token.</summary>
/// <param name="Beam">The beam.</param>
/// <param name="Token">The token.</param>
/// <param name="Score">The sum of the log-probabilities of all its new tokens.</param>
internal readonly record struct Candidate(int Beam, int Token, float Score)
{
    /// <summary>The highest score first; of equal ones the first beam, then the first token.</summary>
    public static readonly Comparer<Candidate> BestFirst = Comparer<Candidate>.Create((a, b) =>
        a.Score != b.Score ? b.Score.CompareTo(a.Score) : (a.Beam, a.Token).CompareTo((b.Beam, b.Token)));
}
