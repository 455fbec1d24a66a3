using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>The right answers of a batch. The caller owns the tensors.</summary>
public sealed record Targets
{
    /// <summary>
    /// int64 (batch) for sequence classification, int64 (batch, length) for token classification and causal language
    /// models (−100 counts for nothing; the shift by one is done inside); fp32 (batch) for regression, fp32 (batch, labels) of 0
    /// and 1 for several labels at once, or of numbers for a regression of several.
    /// </summary>
    public Tensor? Labels { get; init; }

    /// <summary>The first token of the answer, int64 (batch), for question answering.</summary>
    public Tensor? StartPositions { get; init; }

    /// <summary>The last token of the answer, int64 (batch).</summary>
    public Tensor? EndPositions { get; init; }

    /// <summary>The share of the probability spread over all classes (<c>label_smoothing_factor</c>).</summary>
    public double LabelSmoothing { get; init; }

    internal Tensor RequireLabels(string task) =>
        Labels ?? throw new PeftException($"{task} needs labels and the batch has none.");
}

/// <summary>
/// A loss summed over labels, with their count: sums of micro-batches divided by the count of all of them are exactly
/// the mean over the whole batch.
/// </summary>
/// <param name="Sum">fp32 scalar, with its graph; the caller owns it.</param>
/// <param name="Count">How many labels it sums.</param>
public readonly record struct LossSum(Tensor Sum, long Count) : IDisposable
{
    /// <summary>The mean over the labels; NaN if there is none.</summary>
    public Tensor Mean() => Sum.DividedBy(Count);

    /// <inheritdoc/>
    public void Dispose() => Sum.Dispose();
}
