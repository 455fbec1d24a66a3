using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Packed;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Packed;

public sealed class PackedLoraTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 70)]
    [InlineData(12, 33)]
    public void Run_WithoutDropout_GivesValueAndGradientsOfThePlainUpdate(long rank, long length)
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(128, 64), bias = _random.Normal(128);
        (Tensor[] one, Tensor[] other) = Backward.Twice(_random.Normal(3, length, 64), _random.Normal(rank, 64), _random.Normal(128, rank));
        using PackedWeight packed = new(weight);
        Assert.True(packed.IsReady(backward: true));
        Tensor plain = nn.functional.linear(other[0], weight.to(ScalarType.Float64), bias.to(ScalarType.Float64))
            .Plus(nn.functional.linear(nn.functional.linear(other[0], other[1]), other[2]).Times(0.75));
        Backward.Compare(plain, other, PackedLora.Run(one[0], packed, bias, one[1], one[2], 0.75, dropout: 0), one, 1e-5);
    }

    [Fact]
    public void Run_WithDropout_GivesValueAndGradientsOfTheMaskedUpdate()
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using var scope = NewDisposeScope();
        const double Probability = 0.25;
        Tensor weight = _random.Normal(64, 64);
        (Tensor[] one, Tensor[] other) = Backward.Twice(_random.Normal(50, 64), _random.Normal(8, 64), _random.Normal(64, 8));
        using PackedWeight packed = new(weight);
        Assert.True(packed.IsReady(backward: true));
        Tensor fast, mask;
        using (Draws.From(11))
            fast = PackedLora.Run(one[0], packed, null, one[1], one[2], 2, Probability);
        // The mask is that which the dropout kernel draws from the same seed.
        using (Draws.From(11))
            mask = FusedDropout.Run(ones(50, 64), Probability);
        Assert.InRange(mask.NotEqualTo(0).to(ScalarType.Float32).mean().item<float>(), 0.7, 0.8);
        Tensor plain = nn.functional.linear(other[0], weight.to(ScalarType.Float64))
            .Plus(nn.functional.linear(nn.functional.linear(other[0].mul(mask.to(ScalarType.Float64)), other[1]), other[2]).Times(2));
        Backward.Compare(plain, other, fast, one, 1e-5);
    }

    [Fact]
    public void Run_InBFloat16_IsCloseToFloat32()
    {
        PackedProducts.SkipWithout(ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(64, 64).to(ScalarType.BFloat16), x = _random.Normal(50, 64).to(ScalarType.BFloat16);
        Tensor a = _random.Normal(8, 64).requires_grad_(), b = _random.Normal(64, 8).requires_grad_();
        using PackedWeight packed = new(weight);
        Assert.True(packed.IsReady(backward: true));
        Tensor y = PackedLora.Run(x.requires_grad_(), packed, null, a, b, 0.5, 0);
        Tensor wide = x.detach().to(ScalarType.Float64).requires_grad_(), a2 = a.detach().to(ScalarType.Float64).requires_grad_(), b2 = b.detach().to(ScalarType.Float64).requires_grad_();
        Tensor plain = nn.functional.linear(wide, weight.to(ScalarType.Float64)).Plus(nn.functional.linear(nn.functional.linear(wide, a2), b2).Times(0.5));
        Tensor upstream = _random.Normal(50, 64).to(ScalarType.BFloat16);
        y.backward([upstream]);
        plain.backward([upstream.to(ScalarType.Float64)]);
        Close.Relative(plain, y.to(ScalarType.Float32), 0.01, "value");
        // The factors stay in fp32 and so do their gradients.
        Assert.Equal(ScalarType.Float32, a.grad!.dtype);
        Close.Relative(a2.grad!, a.grad!, 1e-4, "gradient of A");
        Close.Relative(b2.grad!, b.grad!, 1e-4, "gradient of B");
        Close.Relative(wide.grad!, x.grad!.to(ScalarType.Float32), 0.01, "gradient of x");
    }
}
