using PeftSharp.Tests.Parity;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Two ways to compute the same, forward and back.</summary>
internal static class Backward
{
    /// <summary>Copies of the same inputs for each way, all of them trained.</summary>
    public static (Tensor[] One, Tensor[] Other) Twice(params Tensor[] inputs)
    {
        Tensor[] one = [.. inputs.Select(x => x.clone().requires_grad_())];
        return (one, [.. inputs.Select(x => x.clone().requires_grad_())]);
    }

    /// <summary>Hands the same gradient to both results and compares the values and the gradients of all inputs.</summary>
    public static void Compare(Tensor plain, Tensor[] plainInputs, Tensor fast, Tensor[] fastInputs, double tolerance)
    {
        Tensor upstream = randn(plain.shape);
        fast.backward([upstream]);
        plain.backward([upstream]);
        Close.Relative(plain, fast, tolerance, "value");
        for (int i = 0; i < fastInputs.Length; i++)
            Close.Relative(plainInputs[i].grad!, fastInputs[i].grad!, tolerance, $"gradient {i}");
    }
}
