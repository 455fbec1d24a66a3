using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Two ways to compute the same, forward and back.</summary>
internal static class Backward
{
    /// <summary>Copies of the same inputs for each way, all of them trained; those of the other, the reference, are in float64.</summary>
    public static (Tensor[] One, Tensor[] Other) Twice(params Tensor[] inputs)
    {
        Tensor[] one = [.. inputs.Select(x => x.clone().requires_grad_())];
        return (one, [.. inputs.Select(x => x.to(ScalarType.Float64).requires_grad_())]);
    }

    /// <summary>Hands the same gradient to both results and compares the values and the gradients of all inputs.</summary>
    public static void Compare(Tensor plain, Tensor[] plainInputs, Tensor fast, Tensor[] fastInputs, double tolerance)
    {
        Assert.Equal(ScalarType.Float64, plain.dtype);
        Tensor upstream = new RandomTensors(seed: 2).Normal(plain.shape);
        fast.backward([upstream]);
        plain.backward([upstream.to(ScalarType.Float64)]);
        Close.Relative(plain, fast, tolerance, "value");
        for (int i = 0; i < fastInputs.Length; i++)
            Close.Relative(plainInputs[i].grad!, fastInputs[i].grad!, tolerance, $"gradient {i}");
    }
}
