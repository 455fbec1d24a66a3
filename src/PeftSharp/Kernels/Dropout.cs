using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where dropout is drawn: y = x · keep / (1 − p), from torch's generator.</summary>
internal static class Dropout
{
    /// <summary>A new tensor in which each value is 0 with the given probability.</summary>
    public static Tensor Forward(Tensor x, double probability)
    {
        using var clock = KernelClock.Measure("dropout");
        return FusedDropout.Takes(x) ? FusedDropout.Run(x, probability) : nn.functional.dropout(x, probability, training: true);
    }
}
