using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where AdamW steps are taken (Loshchilov and Hutter 2017, arXiv:1711.05101), for all tensors of a
/// parameter group in one call:
/// θ ← θ (1 − η λ); m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
/// </summary>
internal static class AdamW
{
    /// <summary>Updates the tensors in place.</summary>
    /// <param name="parameters">fp32.</param>
    /// <param name="gradients">One for each parameter.</param>
    /// <param name="means">m, updated in place.</param>
    /// <param name="squares">v, updated in place.</param>
    /// <param name="step">t, from 1.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ.</param>
    public static void Step(
        Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, long step,
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    {
        using var clock = KernelClock.Measure("optimizer");
        if (parameters.Length == 0)
            return;
        if (Stretches.Take(parameters) && Stretches.Take(gradients) && Stretches.Take(means) && Stretches.Take(squares))
        {
            FusedAdamW.Step(parameters, gradients, means, squares, step, learningRate, beta1, beta2, epsilon, weightDecay);
            return;
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor count = tensor((float)step, device: parameters[0].device);
        // All tensors are at the same step, so they share one counter.
        Tensor[] steps = new Tensor[parameters.Length];
        Array.Fill(steps, count);
        object last = Scripts.Invoke(
            "adamw", parameters, gradients, means, squares, steps, learningRate, beta1, beta2, weightDecay, epsilon);
        ((Tensor)last).Dispose();
    }
}
