using PeftSharp.Kernels;
using PeftSharp.Kernels.Packed;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Packed;

public sealed class DenseLinearTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(7, 48, 100)]
    [InlineData(33, 96, 48)]
    [InlineData(100, 20, 1)]
    [InlineData(64, 64, 64)]
    [InlineData(300, 384, 1536)]
    public void Run_WithEverythingTrained_GivesValueAndGradientsOfThePlainProduct(long rows, long inputs, long outputs)
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using var scope = NewDisposeScope();
        (Tensor[] one, Tensor[] other) = Backward.Twice(_random.Normal(2, rows, inputs), _random.Normal(outputs, inputs), _random.Normal(outputs));
        Backward.Compare(
            nn.functional.linear(other[0], other[1], other[2]), other, DenseLinear.Run(one[0], one[1], one[2]), one, 1e-5);
    }

    [Fact]
    public void Run_WithOnlyTheBiasTrained_LeavesTheRestWithoutGradient()
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(5, 8), weight = _random.Normal(4, 8), bias = _random.Normal(4).requires_grad_();
        DenseLinear.Run(x, weight, bias).sum().backward();
        Close.Relative(ScalarMath.Full([4], 5), bias.grad!, 1e-6, "bias");
        Assert.Null(weight.grad);
        Assert.Null(x.grad);
    }
}
