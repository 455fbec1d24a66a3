using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Graph;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>y = x Wᵀ + b with a packed, frozen W; dx = dy W. Nothing is kept for the backward but the weight.</summary>
internal static class PackedLinear
{
    // Below so many multiplications the call's own cost (some 10 µs) outweighs the faster product.
    private static readonly long _leastWork = FusedKernels.Wish == "packed" ? 0 : 1 << 20;

    private static readonly bool _fp32 = CpuFeatures.Current.Avx512F, _bf16 = CpuFeatures.Current.HasFastBFloat16;

    /// <summary>True if the product can add the bias, or there is none; one that is trained is added with a graph of its own.</summary>
    public static bool AddsBias(Tensor x, Tensor? bias) => bias is null || (bias.dtype == x.dtype && !bias.requires_grad);

    /// <summary>True if the processor and the operator are there, and the product is worth it.</summary>
    public static bool TakesInputs(Tensor x, Tensor weight) =>
        FusedKernels.Enabled && HasUnits(x.dtype) && x.device_type == TorchSharp.DeviceType.CPU && weight.dtype == x.dtype
        && x.numel() * weight.shape[0] >= _leastWork && OneDnnKernels.Exist;

    /// <summary>True if this machine multiplies packed weights of that dtype.</summary>
    public static bool Supports(ScalarType dtype) => HasUnits(dtype) && OneDnnKernels.Exist;

    private static bool HasUnits(ScalarType dtype) =>
        dtype switch { ScalarType.Float32 => _fp32, ScalarType.BFloat16 => _bf16, _ => false };

    /// <summary>The product; its graph reaches <paramref name="x"/>.</summary>
    public static Tensor Run(Tensor x, IFrozenProduct weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        Tensor rows = FlatRows.Of(x);
        Tensor y;
        using (no_grad())
            y = weight.Product(rows, bias);
        if (GraphNode.IsNeeded(x))
            y = GraphNode.Attach("frozen product", y, [rows], [], dy => [weight.GradientToInputs(dy)]);
        return FlatRows.Like(x, y).MoveToOuterDisposeScope();
    }
}
