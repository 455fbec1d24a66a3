using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>Operations on all gradients at once.</summary>
internal static class GradientMath
{
    /// <summary>The 2-norm of all values together.</summary>
    /// <param name="gradients">At least one.</param>
    public static double Norm(Tensor[] gradients)
    {
        using var clock = KernelClock.Measure("gradient norm");
        if (Stretches.Take(gradients))
            return FusedGradients.Norm(gradients);
        using var noGrad = no_grad();
        using Tensor norm = (Tensor)Scripts.Invoke("total_norm", [gradients]);
        return norm.item<float>();
    }

    /// <summary>Every gradient ← gradient · factor.</summary>
    /// <param name="gradients">At least one.</param>
    /// <param name="factor">The factor.</param>
    public static void Scale(Tensor[] gradients, double factor)
    {
        using var clock = KernelClock.Measure("gradient norm");
        if (Stretches.Take(gradients))
        {
            FusedGradients.Scale(gradients, (float)factor);
            return;
        }
        using var noGrad = no_grad();
        ((Tensor)Scripts.Invoke("scale_all", gradients, factor)).Dispose();
    }
}
