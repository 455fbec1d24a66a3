using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where classification losses are computed.</summary>
internal static class CrossEntropy
{
    /// <summary>The label that counts for nothing.</summary>
    public const long Ignored = -100;

    /// <summary>−log softmax(logits)[label], summed over the rows whose label is not <see cref="Ignored"/>; fp32.</summary>
    /// <param name="logits">(rows, classes).</param>
    /// <param name="labels">int64 (rows).</param>
    /// <param name="labelSmoothing">The share of the probability spread over all classes.</param>
    public static Tensor Sum(Tensor logits, Tensor labels, double labelSmoothing = 0)
    {
        using Tensor wide = logits.AtLeastFloat32();
        return nn.functional.cross_entropy(
            wide, labels, ignore_index: Ignored, reduction: nn.Reduction.Sum, label_smoothing: labelSmoothing);
    }
}
