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
    /// <param name="packed">The same weight in the form of a faster product; null for a weight that changes.</param>
    public static Tensor Forward(Tensor x, Tensor weight, Tensor? bias, IFrozenProduct? packed = null)
    {
        using var clock = KernelClock.Measure("frozen product");
        bool graph = GraphNode.IsNeeded(x);
        KernelClock.CountProduct(x.numel(), weight.shape[0], graph);
        if (packed is null || !packed.Takes(x, graph))
            return DenseLinear.Takes(x, weight, bias) ? DenseLinear.Run(x, weight, bias) : nn.functional.linear(x, weight, bias);
        if (PackedLinear.AddsBias(x, bias))
            return PackedLinear.Run(x, packed, bias);
        using Tensor product = PackedLinear.Run(x, packed, null);
        return product.Plus(bias!);
    }
}
