using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The dtype of what must not be rounded as bf16 is: fp32, or float64 where a model computes in it.</summary>
internal static class Widening
{
    /// <summary>The dtype for sums, statistics and trained values of a computation in <paramref name="dtype"/>.</summary>
    public static ScalarType WideFor(ScalarType dtype) => dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>x in that dtype, a tensor of its own.</summary>
    public static Tensor AtLeastFloat32(this Tensor x) => x.to(WideFor(x.dtype));
}
