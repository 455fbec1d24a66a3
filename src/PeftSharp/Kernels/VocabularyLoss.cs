using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>Cross-entropy over a large vocabulary: the rows go through the output head some hundred at a time.</summary>
internal static class VocabularyLoss
{
    private const long RowsAtOnce = 512;

    /// <summary>The summed cross-entropy of <paramref name="rows"/>, (n, hidden), against <paramref name="labels"/>, (n).</summary>
    /// <param name="rows">Hidden states of the labelled positions.</param>
    /// <param name="labels">int64, none of them ignored.</param>
    /// <param name="head">From (k, hidden) to logits (k, vocabulary).</param>
    /// <param name="labelSmoothing">The share of the probability spread over all classes.</param>
    public static Tensor Sum(Tensor rows, Tensor labels, Func<Tensor, Tensor> head, double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        Tensor total = zeros([], dtype: ScalarType.Float32, device: rows.device);
        for (long at = 0; at < rows.shape[0]; at += RowsAtOnce)
        {
            long count = Math.Min(RowsAtOnce, rows.shape[0] - at);
            using Tensor logits = head(rows.narrow(0, at, count));
            total = total.Plus(CrossEntropy.Sum(logits, labels.narrow(0, at, count), labelSmoothing));
        }
        return total.MoveToOuterDisposeScope();
    }
}
