using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// Products of activations with what a tuner brings, in the dtype of the activations: libtorch's own, but for bf16 on a processor
/// without bfloat16 units, where those are an order of magnitude slower than float32's.
/// </summary>
internal static class Products
{
    /// <summary>x Wᵀ + b: (…, in) → (…, out).</summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) =>
        WidenedProduct.Takes(x, weight) ? DenseLinear.Run(x, weight, bias) : nn.functional.linear(x, weight, bias);

    /// <summary>a b, of any batches of matrices.</summary>
    public static Tensor Matmul(Tensor a, Tensor b)
    {
        if (!WidenedProduct.Takes(a, b))
            return a.matmul(b);
        using var scope = NewDisposeScope();
        return a.to(ScalarType.Float32).matmul(b.to(ScalarType.Float32)).to(a.dtype).MoveToOuterDisposeScope();
    }
}
