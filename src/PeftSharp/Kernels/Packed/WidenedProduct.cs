using PeftSharp.Kernels.Fused;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// x Wᵀ + b in bf16 on a processor without bfloat16 units, where libtorch's own product is an order of magnitude slower than that of
/// fp32: W stays in 16 bits and is widened a panel of rows at a time, which the fp32 product then finds in a near cache. The sums are
/// in fp32 and are rounded once.
/// </summary>
internal static class WidenedProduct
{
    /// <summary>Values of W that are widened at once: 1 MB in fp32.</summary>
    private const long PanelValues = 1 << 18;

    private static readonly bool _units = CpuFeatures.Current.HasFastBFloat16;

    /// <summary>True for the dtype that this machine has no units for, on the CPU.</summary>
    public static bool Takes(Tensor x) =>
        !_units && FusedKernels.Enabled && x.dtype == ScalarType.BFloat16 && x.device_type == TorchSharp.DeviceType.CPU;

    /// <summary>True if both are of that dtype.</summary>
    public static bool Takes(Tensor x, Tensor weight) => Takes(x) && weight.dtype == x.dtype;

    /// <summary>The product, without graph: (rows, in) → (rows, out).</summary>
    /// <param name="x">(rows, in).</param>
    /// <param name="weight">(out, in), which may be a transposed view.</param>
    /// <param name="bias">(out), or null.</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (long outputs, long inputs) = (weight.shape[0], weight.shape[1]);
        Tensor wide = x.to(ScalarType.Float32), y = empty([x.shape[0], outputs], dtype: x.dtype);
        long panel = Math.Max(64, PanelValues / inputs / 64 * 64);
        for (long at = 0; at < outputs; at += panel)
        {
            using var step = NewDisposeScope();
            long count = Math.Min(panel, outputs - at);
            Tensor part = nn.functional.linear(
                wide, weight.narrow(0, at, count).to(ScalarType.Float32), bias?.narrow(0, at, count).to(ScalarType.Float32));
            y.narrow(1, at, count).copy_(part);
        }
        return y.MoveToOuterDisposeScope();
    }
}
