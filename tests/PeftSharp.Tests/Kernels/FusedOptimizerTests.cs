using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>What a step does with all gradients and parameters at once gives what libtorch's operators give.</summary>
[Collection(nameof(Alone))]
public sealed class FusedOptimizerTests : IDisposable
{
    private static readonly long[][] _shapes = [[1], [3, 5], [8, 384], [40_001], [2, 3, 7]];

    public void Dispose() => FusedKernels.Enabled = true;

    [Fact]
    public void Step_FiveSteps_EqualsPlain()
    {
        using var scope = NewDisposeScope();
        Tensor[] start = [.. _shapes.Select(shape => randn(shape))];
        Tensor[][] gradients = [.. Enumerable.Range(0, 5).Select(_ => _shapes.Select(shape => randn(shape)).ToArray())];
        Tensor[] plain = Steps(fused: false), fused = Steps(fused: true);
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.True(plain[i].sub(start[i]).abs().max().item<float>() > 1e-3);
            Assert.True(plain[i].sub(fused[i]).abs().max().item<float>() <= 2e-6);
        }

        Tensor[] Steps(bool fused)
        {
            FusedKernels.Enabled = fused;
            Tensor[] values = [.. start.Select(value => value.clone())], means = Zeros(), squares = Zeros();
            for (int step = 0; step < gradients.Length; step++)
                AdamW.Step(values, gradients[step], means, squares, step + 1, 1e-2, 0.9, 0.999, 1e-8, 0.1);
            return values;
        }

        static Tensor[] Zeros() => [.. _shapes.Select(shape => zeros(shape))];
    }

    [Fact]
    public void Norm_AndScale_EqualPlain()
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. _shapes.Select(shape => randn(shape))];
        FusedKernels.Enabled = false;
        double expected = GradientMath.Norm(gradients);
        FusedKernels.Enabled = true;
        Assert.Equal(expected, GradientMath.Norm(gradients), 1e-5 * expected);
        Tensor[] scaled = [.. gradients.Select(gradient => gradient.clone())];
        GradientMath.Scale(scaled, 0.25);
        for (int i = 0; i < scaled.Length; i++)
            Assert.True(scaled[i].allclose(gradients[i].mul(tensor(0.25f)), 0, 0));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Norm_ValueThatIsNoNumber_IsNone(float bad)
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [randn(100), full([19], bad)];
        Assert.False(double.IsFinite(GradientMath.Norm(gradients)));
    }
}
