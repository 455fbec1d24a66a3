namespace PeftSharp.Generation.Sampling;

/// <summary>Chooses among the continuations of several beams.</summary>
internal interface ICandidates
{
    /// <summary>Shows the log-probabilities of the tokens that may follow a beam of this score.</summary>
    void Offer(int beam, float before, ReadOnlySpan<float> logProbabilities);

    /// <summary>The chosen ones, and starts afresh: those in front may end a text.</summary>
    ReadOnlySpan<Candidate> Take();

    /// <summary>What was taken, best first.</summary>
    ReadOnlySpan<Candidate> BestFirst(ReadOnlySpan<Candidate> taken);
}
