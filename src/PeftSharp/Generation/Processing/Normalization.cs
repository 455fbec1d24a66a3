using PeftSharp.Generation.Sampling;

namespace PeftSharp.Generation.Processing;

/// <summary>Makes scores log-probabilities again, after everything else (<c>renormalize_logits</c>).</summary>
internal sealed class Normalization : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores) => Scores.LogSoftmax(scores);
}
