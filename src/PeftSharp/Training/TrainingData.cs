using PeftSharp.Data;

namespace PeftSharp.Training;

/// <summary>What a run trains and evaluates on.</summary>
/// <param name="Train">The training examples, each with a label.</param>
/// <param name="Evaluation">The evaluation examples, or null.</param>
/// <param name="PaddingId">The token id that fills short rows.</param>
/// <param name="Padding">The side on which they are filled.</param>
public sealed record TrainingData(
    IReadOnlyList<EncodedExample> Train, IReadOnlyList<EncodedExample>? Evaluation, long PaddingId, PaddingSide Padding = PaddingSide.Right)
{
    /// <summary>How many examples were cut to <c>max_length</c> when they were encoded; above 0 the run says so.</summary>
    public int TruncatedRows { get; init; }
}
