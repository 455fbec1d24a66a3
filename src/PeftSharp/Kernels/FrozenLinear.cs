using PeftSharp.Kernels.Graph;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where a frozen product is computed: <c>y = x Wᵀ + b</c>. A frozen weight requires no gradient, so
/// autograd keeps the weight for <c>dx = dy W</c> and does not keep <c>x</c>.
/// </summary>
internal static class FrozenLinear
{
    /// <summary>(…, in) × (out, in) → (…, out).</summary>
    /// <param name="x">(…, in).</param>
    /// <param name="weight">(out, in).</param>
    /// <param name="bias">(out), or null.</param>
    /// <param name="packed">The same weight in the layout of the faster product, for where there is one; null for a weight that changes.</param>
    public static Tensor Forward(Tensor x, Tensor weight, Tensor? bias, PackedWeight? packed = null) =>
        packed is not null && PackedLinear.Takes(x, weight, bias) && packed.IsReady(GraphNode.IsNeeded(x))
            ? PackedLinear.Run(x, packed, bias)
            : nn.functional.linear(x, weight, bias);
}
