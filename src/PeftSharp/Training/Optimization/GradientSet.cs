using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>All gradients of a step.</summary>
/// <param name="Indices">The places of their tensors among the trainable ones.</param>
/// <param name="Values">The gradients.</param>
internal sealed record GradientSet(int[] Indices, Tensor[] Values)
{
    /// <summary>
    /// Makes gradients of a sum over labels those of the mean, and clips them: with n = ‖g‖ / count they are multiplied by
    /// min(1, max / (n + 1e−6)) / count, in one pass for the norm and one for the product, as torch's clip_grad_norm_.
    /// </summary>
    /// <param name="count">The labels of the whole step.</param>
    /// <param name="maxNorm">The largest norm; 0 does not clip.</param>
    /// <returns>n.</returns>
    public double NormaliseAndClip(long count, double maxNorm)
    {
        if (Values.Length == 0)
            return 0;
        double norm = GradientMath.Norm(Values) / count;
        double factor = 1.0 / count;
        if (maxNorm > 0)
            factor *= Math.Min(1, maxNorm / (norm + 1e-6));
        // Values that are no numbers are for the caller to report; multiplying would only spread them.
        if (double.IsFinite(norm) && factor != 1)
            GradientMath.Scale(Values, factor);
        return norm;
    }
}
