using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>
/// In bf16 the kernels compute in fp32 and round once: their results are those of their formula in float64 on the same inputs, up
/// to that rounding (2⁻⁹ of a value) in each value and gradient.
/// </summary>
public sealed class BFloat16KernelTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Fact]
    public void RmsNorm_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        AgainstFloat64.CompareBFloat16(x => Norms.RmsNorm(x[0], x[1], 1e-5), x => References.RmsNorm(x[0], x[1], 1e-5), wanted: 1, Random(4, 9, 64), Random(64));
    }

    [Fact]
    public void ResidualLayerNorm_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        AgainstFloat64.CompareBFloat16(
            x => Norms.ResidualLayerNorm(x[0], x[1], x[2], x[3], 1e-12, 0),
            x => References.ResidualLayerNorm(x[0], x[1], x[2], x[3], 1e-12), wanted: 2,
            Random(4, 9, 64), Random(4, 9, 64), Random(64), Random(64));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(61)]
    public void GatedUnit_InBFloat16_RoundsOnce(long width)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> silu = Activations.Of("silu");
        AgainstFloat64.CompareBFloat16(x => Activations.Gated(silu, x[0], x[1]), x => References.Gated(x[0], x[1]), wanted: 2, Random(3, 7, width), Random(3, 7, width));
    }

    [Theory]
    [InlineData("gelu", 64)]
    [InlineData("gelu", 61)]
    [InlineData("gelu_pytorch_tanh", 64)]
    [InlineData("gelu_pytorch_tanh", 61)]
    public void Gelu_InBFloat16_RoundsOnce(string name, long width)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> gelu = Activations.Of(name), reference = name == "gelu" ? References.Gelu : References.TanhGelu;
        AgainstFloat64.CompareBFloat16(x => gelu(x[0]), x => reference(x[0]), wanted: 1, Random(3, 7, width));
    }

    [Fact]
    public void Rotary_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        Tensor angles = Random(1, 1, 5, 16), both = cat([angles, angles], -1);
        AgainstFloat64.CompareBFloat16(
            x => Rotary.Forward(x[0], x[1], x[2]), x => References.Rotary(x[0], x[1], x[2]), wanted: 1, Random(2, 3, 5, 32), both.cos(), both.sin());
    }

    [Fact]
    public void Attention_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        AgainstFloat64.CompareBFloat16(
            x => Attention.Forward(x[0], x[1], x[2], Causal(x[0].dtype), AttentionScores.Of(x[0].shape[3])),
            x => References.Attention(x[0], x[1], x[2], Causal(x[0].dtype)), wanted: 3,
            Random(2, 4, 9, 16), Random(2, 2, 9, 16), Random(2, 2, 9, 16));
    }

    [Fact]
    public void VocabularyLoss_InBFloat16_IsThatOfItsLogits()
    {
        using var scope = NewDisposeScope();
        Tensor labels = _random.Integers(0, 128, 40);
        Tensor rows = Random(40, 64), weight = Random(128, 64).Times(0.1);
        AgainstFloat64.CompareBFloat16(x => VocabularyLoss.FrozenHead(x[0], labels, x[1]), x => References.CrossEntropy(x[0], x[1], labels), wanted: 1, rows, weight);
    }

    [Fact]
    public void Dropout_InBFloat16_HasTheMaskOfFloat32()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(1000);
        Tensor Drawn(Tensor x)
        {
            using var draws = Draws.From(5);
            return Dropout.Forward(x, 0.5);
        }
        Tensor wide = Drawn(x), narrow = Drawn(x.to(ScalarType.BFloat16)).to(ScalarType.Float32);
        Assert.True(wide.equal(narrow).all().item<bool>());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1.00390625f)]
    [InlineData(1.01171875f)]
    [InlineData(-3.4e38f)]
    [InlineData(0f)]
    public unsafe void Store_OfAValue_RoundsAsLibtorchDoes(float value)
    {
        Bf16* memory = stackalloc Bf16[8];
        Bf16.Store(System.Runtime.Intrinsics.Vector256.Create(value), memory);
        using Tensor wide = tensor(value);
        using Tensor expected = wide.to(ScalarType.BFloat16), back = expected.to(ScalarType.Float32);
        Assert.Equal(back.item<float>(), Bf16.One(memory[7]));
        Assert.Equal(back.item<float>(), Bf16.Load(memory)[0]);
    }

    private static Tensor? Causal(ScalarType dtype) => AttentionMasks.Build(null, 9, 9, causal: true, null, dtype, CPU);

    private Tensor Random(params long[] shape) => _random.Normal(shape).to(ScalarType.BFloat16).to(ScalarType.Float32);
}
