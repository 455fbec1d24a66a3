using PeftSharp.Kernels.Graph;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where the backbone's products are computed: <c>y = x Wᵀ + b</c>. A frozen weight requires no gradient, so
/// the weight is kept for <c>dx = dy W</c> and <c>x</c> is not.
/// </summary>
internal static class FrozenLinear
{
    /// <summary>(…, in) × (out, in) → (…, out).</summary>
    /// <param name="x">(…, in).</param>
    /// <param name="weight">(out, in).</param>
    /// <param name="bias">(out), or null.</param>
    /// <param name="packed">The same weight in the layout of the faster product, for where there is one; null for a weight that changes.</param>
    public static Tensor Forward(Tensor x, Tensor weight, Tensor? bias, PackedWeight? packed = null)
    {
        using var clock = KernelClock.Measure("frozen product");
        KernelClock.CountProduct(x.numel(), weight.shape[0], GraphNode.IsNeeded(x));
        if (packed is not null && PackedLinear.TakesInputs(x, weight) && packed.IsReady(GraphNode.IsNeeded(x)))
        {
            if (PackedLinear.Takes(x, weight, bias))
                return PackedLinear.Run(x, packed, bias);
            // A bias that is trained is added with a graph of its own.
            using Tensor product = PackedLinear.Run(x, packed, null);
            return product.Plus(bias!);
        }
        return DenseLinear.Takes(x, weight, bias) ? DenseLinear.Run(x, weight, bias) : nn.functional.linear(x, weight, bias);
    }
}
