using PeftSharp.Kernels;
using PeftSharp.Kernels.Packed;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Packed;

/// <summary>The product itself, which any processor can compute; that it is used where it should be, only one without bfloat16 units can show.</summary>
public sealed class WidenedProductTests
{
    /// <summary>The sums are in fp32: one rounding of the result.</summary>
    private const double OneRounding = 1.0 / 256;

    private readonly RandomTensors _random = new(seed: 1);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 576, 1536)]
    [InlineData(7, 20, 3)]
    [InlineData(33, 1536, 576)]
    [InlineData(300, 384, 1500)]
    [InlineData(5, 5000, 130)]
    public void Linear_OfAnyShape_IsThatOfFloat64RoundedOnce(long rows, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        Tensor x = Narrow(rows, inputs), weight = Narrow(outputs, inputs), bias = Narrow(outputs), dy = Narrow(rows, outputs);
        Tensor y = WidenedProduct.Linear(x, weight, bias);
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Each(nn.functional.linear(Wide(x), Wide(weight), Wide(bias)), y, Wide(x).abs().matmul(Wide(weight).abs().t()));
        Each(Wide(x).matmul(Wide(weight).t()), WidenedProduct.Linear(x, weight, null), Wide(x).abs().matmul(Wide(weight).abs().t()));
        using WidenedWeight frozen = new(weight);
        Each(Wide(dy).matmul(Wide(weight)), frozen.GradientToInputs(dy), Wide(dy).abs().matmul(Wide(weight).abs()));
    }

    [Fact]
    public void Of_ABFloat16Weight_IsWidenedWhereThereAreNoUnits()
    {
        using Tensor weight = Narrow(64, 64), wide = _random.Normal(64, 64);
        using IFrozenProduct narrowForm = FrozenProducts.Of(weight), wideForm = FrozenProducts.Of(wide);
        bool units = PeftSharp.Tensors.CpuFeatures.Current.HasFastBFloat16;
        Assert.Equal(!units, narrowForm is WidenedWeight);
        Assert.Equal(!units, narrowForm.Takes(weight, backward: true) && narrowForm is WidenedWeight);
        Assert.IsType<PackedWeight>(wideForm);
    }

    [Fact]
    public void Run_WithEverythingTrained_GivesTheGradientsOfTheFormula()
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [Narrow(2, 40, 96), Narrow(128, 96), Narrow(128)];
        Tensor[] narrow = [.. inputs.Select(x => x.clone().requires_grad_())], wide = [.. inputs.Select(x => Wide(x).requires_grad_())];
        Tensor upstream = Narrow(2, 40, 128);
        DenseLinear.Run(narrow[0], narrow[1], narrow[2], WidenedProduct.Linear).backward([upstream]);
        nn.functional.linear(wide[0], wide[1], wide[2]).backward([Wide(upstream)]);
        for (int i = 0; i < inputs.Length; i++)
            Close.Relative(wide[i].grad!, narrow[i].grad!, OneRounding, $"gradient {i}");
    }

    private Tensor Narrow(params long[] shape) => _random.Normal(shape).to(ScalarType.BFloat16);

    private static Tensor Wide(Tensor x) => x.to(ScalarType.Float64);

    /// <summary>Each value has one rounding of its own, and those of sums in fp32 of its terms.</summary>
    private static void Each(Tensor expected, Tensor actual, Tensor terms)
    {
        Tensor excess = expected.sub(Wide(actual)).abs().sub(expected.abs().DividedBy(256)).sub(terms.Times(1e-6));
        Assert.True(excess.max().item<double>() <= 1e-30, $"over the bound by {excess.max().item<double>():g3}");
    }
}
