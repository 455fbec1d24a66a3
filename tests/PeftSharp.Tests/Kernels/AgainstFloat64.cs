using PeftSharp.Kernels.Fused;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>A kernel's values and gradients beside those of a reference in float64.</summary>
internal static class AgainstFloat64
{
    /// <summary>What the fused kernels say of themselves in fp32, of the largest value and of the largest gradient.</summary>
    public const double Value = 2e-6, Gradient = 1e-5;

    /// <summary>In fp32, by the fused kernels and by the plain operators.</summary>
    public static void Compare(Func<Tensor[], Tensor> compute, Func<Tensor[], Tensor> reference, params Tensor[] inputs)
    {
        Outcome exact = Outcome.Of(reference, inputs, ScalarType.Float64, inputs.Length);
        Assert.True(FusedKernels.Enabled);
        exact.AssertClose(Outcome.Of(compute, inputs, ScalarType.Float32, inputs.Length), Value, Gradient, "fused");
        using (no_grad())
            Close.Relative(exact.Y, compute(inputs), Value, "value without a graph");
        try
        {
            FusedKernels.Enabled = false;
            exact.AssertClose(Outcome.Of(compute, inputs, ScalarType.Float32, inputs.Length), Value, Gradient, "plain");
        }
        finally
        {
            FusedKernels.Enabled = true;
        }
    }

    /// <summary>In bf16, where a kernel computes in fp32 and rounds once; the first inputs get gradients.</summary>
    public static void CompareBFloat16(Func<Tensor[], Tensor> compute, Func<Tensor[], Tensor> reference, int wanted, params Tensor[] inputs)
    {
        const double OneRounding = 1.0 / 256;
        Tensor[] narrow = [.. inputs.Select(x => x.to(ScalarType.BFloat16))];
        Assert.True(FusedKernels.Take(narrow[0]));
        Outcome.Of(reference, narrow, ScalarType.Float64, wanted)
            .AssertClose(Outcome.Of(compute, narrow, ScalarType.BFloat16, wanted), OneRounding, 2 * OneRounding, "in bf16");
    }

    private sealed record Outcome(Tensor Y, Tensor[] Gradients)
    {
        public static Outcome Of(Func<Tensor[], Tensor> compute, Tensor[] inputs, ScalarType dtype, int wanted)
        {
            Tensor[] own = [.. inputs.Select((x, i) => x.to(dtype).detach().clone().requires_grad_(i < wanted))];
            Tensor y = compute(own);
            // The gradient that comes back is the same one in every dtype.
            y.backward([new RandomTensors(seed: 2).Normal(y.shape).to(ScalarType.BFloat16).to(y.dtype)]);
            return new(y.detach(), [.. own[..wanted].Select(x => x.grad!)]);
        }

        public void AssertClose(Outcome other, double value, double gradient, string what)
        {
            Close.Relative(Y, other.Y, value, $"{what}: value");
            for (int i = 0; i < Gradients.Length; i++)
                Close.Relative(Gradients[i], other.Gradients[i], gradient, $"{what}: gradient {i}");
        }
    }
}
