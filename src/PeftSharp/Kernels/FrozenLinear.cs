using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where a frozen product is computed: <c>y = x Wᵀ + b</c>. A frozen weight requires no gradient, so
/// autograd keeps the weight for <c>dx = dy W</c> and does not keep <c>x</c>.
/// </summary>
internal static class FrozenLinear
{
    /// <summary>(…, in) × (out, in) → (…, out).</summary>
    public static Tensor Forward(Tensor x, Tensor weight, Tensor? bias) => nn.functional.linear(x, weight, bias);
}
