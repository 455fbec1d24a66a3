using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where dropout is applied: y = x · keep / (1 − p).</summary>
internal static class Dropout
{
    /// <summary>A new tensor in which each value is 0 with the given probability.</summary>
    public static Tensor Forward(Tensor x, double probability)
    {
        using var clock = KernelClock.Measure("dropout");
        if (FusedDropout.Takes(x))
            return FusedDropout.Run(x, probability);
        using var scope = NewDisposeScope();
        Tensor kept = Draws.Uniform(x.shape).NotBelow(probability).to(x.dtype, x.device);
        return x.mul(kept.DividedBy(1 - probability)).MoveToOuterDisposeScope();
    }
}
