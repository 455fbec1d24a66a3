using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>
/// In bf16 the kernels compute in fp32 and round once: their results are those of the plain operators in fp32 on the same
/// inputs, up to that rounding (2⁻⁹ of a value) in each value and gradient.
/// </summary>
public sealed class BFloat16KernelTests
{
    private const double OneRounding = 1.0 / 256;

    [Fact]
    public void RmsNorm_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        Compare(x => Norms.RmsNorm(x[0], x[1], 1e-5), wanted: 1, Random(4, 9, 64), Random(64));
    }

    [Fact]
    public void ResidualLayerNorm_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        Compare(
            x => Norms.ResidualLayerNorm(x[0], x[1], x[2], x[3], 1e-12, 0), wanted: 2,
            Random(4, 9, 64), Random(4, 9, 64), Random(64), Random(64));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(61)]
    public void GatedUnit_InBFloat16_RoundsOnce(long width)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> silu = Activations.Of("silu");
        Compare(x => Activations.Gated(silu, x[0], x[1]), wanted: 2, Random(3, 7, width), Random(3, 7, width));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(61)]
    public void Gelu_InBFloat16_RoundsOnce(long width)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> gelu = Activations.Of("gelu");
        Compare(x => gelu(x[0]), wanted: 1, Random(3, 7, width));
    }

    [Fact]
    public void Rotary_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        Compare(x => Rotary.Forward(x[0], x[1], x[2]), wanted: 1, Random(2, 3, 5, 32), Random(1, 1, 5, 32), Random(1, 1, 5, 32));
    }

    [Fact]
    public void Attention_InBFloat16_RoundsOnce()
    {
        using var scope = NewDisposeScope();
        Compare(
            x => Attention.Forward(x[0], x[1], x[2], AttentionMasks.Build(null, 9, 9, causal: true, x[0].dtype, CPU), 0), wanted: 3,
            Random(2, 4, 9, 16), Random(2, 2, 9, 16), Random(2, 2, 9, 16));
    }

    [Fact]
    public void VocabularyLoss_InBFloat16_IsThatOfItsLogits()
    {
        using var scope = NewDisposeScope();
        Tensor labels = randint(0, 128, 40, dtype: ScalarType.Int64);
        Tensor rows = Random(40, 64), weight = Random(128, 64).Times(0.1);
        Compare(x => VocabularyLoss.FrozenHead(x[0], labels, x[1].detach()), wanted: 1, rows, weight);
    }

    [Fact]
    public void Dropout_InBFloat16_HasTheMaskOfFloat32()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(1000);
        manual_seed(5).Dispose();
        Tensor wide = Dropout.Forward(x, 0.5);
        manual_seed(5).Dispose();
        Tensor narrow = Dropout.Forward(x.to(ScalarType.BFloat16), 0.5).to(ScalarType.Float32);
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

    private static Tensor Random(params long[] shape) => randn(shape).to(ScalarType.BFloat16).to(ScalarType.Float32);

    /// <summary>Computes in bf16, and in fp32 by the plain operators; the first <paramref name="wanted"/> inputs get gradients.</summary>
    private static void Compare(Func<Tensor[], Tensor> compute, int wanted, params Tensor[] inputs)
    {
        Tensor[] narrow = [.. inputs.Select(x => x.to(ScalarType.BFloat16))], wide = [.. inputs.Select(x => x.clone())];
        for (int i = 0; i < wanted; i++)
        {
            narrow[i].requires_grad_();
            wide[i].requires_grad_();
        }
        Assert.True(FusedKernels.Take(narrow[0]));
        Tensor fused = compute(narrow), plain = compute(wide);
        Tensor upstream = Random(plain.shape);
        fused.backward([upstream.to(fused.dtype)]);
        plain.backward([upstream]);
        Close.Relative(plain, fused.to(ScalarType.Float32), OneRounding, "value");
        for (int i = 0; i < wanted; i++)
            Close.Relative(wide[i].grad!, narrow[i].grad!.to(ScalarType.Float32), 2 * OneRounding, $"gradient {i}");
    }
}
