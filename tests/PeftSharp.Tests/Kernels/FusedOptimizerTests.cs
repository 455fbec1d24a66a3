using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>What a step does with all gradients and parameters at once, fused or by libtorch's operators, gives what the formula in float64 gives.</summary>
[Collection(nameof(Alone))]
public sealed class FusedOptimizerTests : IDisposable
{
    private readonly RandomTensors _random = new(seed: 1);
    private static readonly long[][] _shapes = [[1], [3, 5], [8, 384], [40_001], [2, 3, 7]];

    public void Dispose() => FusedKernels.Enabled = true;

    [Fact]
    public void Step_FiveSteps_IsTheFormulas()
    {
        using var scope = NewDisposeScope();
        Tensor[] start = [.. _shapes.Select(shape => _random.Normal(shape))];
        Tensor[][] gradients = [.. Enumerable.Range(0, 5).Select(_ => _shapes.Select(shape => _random.Normal(shape)).ToArray())];
        Tensor[] plain = Steps(fused: false), fused = Steps(fused: true);
        for (int i = 0; i < plain.Length; i++)
        {
            Tensor expected = Exact(start[i], [.. gradients.Select(step => step[i])]);
            Assert.True(expected.sub(start[i]).abs().max().item<double>() > 1e-3);
            Assert.True(expected.sub(plain[i]).abs().max().item<double>() <= 2e-6);
            Assert.True(expected.sub(fused[i]).abs().max().item<double>() <= 2e-6);
        }

        // AdamW (arXiv:1711.05101) by its definition.
        static Tensor Exact(Tensor start, Tensor[] gradients)
        {
            Tensor value = start.to(ScalarType.Float64), mean = zeros_like(value), square = zeros_like(value);
            for (int step = 1; step <= gradients.Length; step++)
            {
                Tensor gradient = gradients[step - 1].to(ScalarType.Float64);
                mean = mean.Times(0.9).Plus(gradient.Times(0.1));
                square = square.Times(0.999).Plus(gradient.Squared().Times(0.001));
                Tensor root = square.DividedBy(1 - Math.Pow(0.999, step)).sqrt().Plus(1e-8);
                value = value.Times(1 - 1e-2 * 0.1).Plus(mean.DividedBy(1 - Math.Pow(0.9, step)).div(root).Times(-1e-2));
            }
            return value;
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
    public void Norm_AndScale_AreTheFormulas()
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [.. _shapes.Select(shape => _random.Normal(shape))];
        double expected = cat([.. gradients.Select(gradient => gradient.flatten())]).to(ScalarType.Float64).norm().item<double>();
        FusedKernels.Enabled = false;
        Assert.Equal(expected, GradientMath.Norm(gradients), 1e-5 * expected);
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
        Tensor[] gradients = [_random.Normal(100), ScalarMath.Full([19], bad)];
        Assert.False(double.IsFinite(GradientMath.Norm(gradients)));
    }
}
