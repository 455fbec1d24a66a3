namespace PeftSharp.Training;

/// <summary>What a model says about one example: one of the nested records.</summary>
public abstract record Prediction
{
    private Prediction()
    {
    }

    /// <summary>A class (sequence classification).</summary>
    /// <param name="Id">The likeliest.</param>
    /// <param name="Probabilities">Of every class; they add up to 1.</param>
    public sealed record Class(int Id, IReadOnlyList<float> Probabilities) : Prediction;

    /// <summary>How likely each label holds (multi-label sequence classification).</summary>
    /// <param name="Probabilities">Of every label by itself.</param>
    public sealed record Labels(IReadOnlyList<float> Probabilities) : Prediction;

    /// <summary>A number (regression).</summary>
    /// <param name="Number">The number.</param>
    public sealed record Value(float Number) : Prediction;

    /// <summary>A class for every token, special tokens included (token classification).</summary>
    /// <param name="Ids">The likeliest classes.</param>
    /// <param name="Probabilities">The probability of each of them.</param>
    public sealed record Tokens(IReadOnlyList<int> Ids, IReadOnlyList<float> Probabilities) : Prediction;

    /// <summary>The tokens on which an answer begins and ends, both included (question answering).</summary>
    /// <param name="Start">The first token.</param>
    /// <param name="End">The last token; not before <paramref name="Start"/>.</param>
    /// <param name="Score">The sum of the two logits; comparable between windows of one question.</param>
    public sealed record Span(int Start, int End, float Score) : Prediction;
}
