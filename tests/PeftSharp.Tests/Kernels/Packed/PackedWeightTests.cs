using PeftSharp.Kernels;
using PeftSharp.Kernels.Packed;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Packed;

public sealed class PackedWeightTests
{
    private readonly RandomTensors _random = new(seed: 1);
    public static TheoryData<ScalarType, long, long> Shapes()
    {
        TheoryData<ScalarType, long, long> shapes = [];
        foreach (ScalarType dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            foreach (long inputs in (long[])[64, 128, 192, 384, 576])
                foreach (long outputs in (long[])[64, 192, 320, 1536])
                    shapes.Add(dtype, inputs, outputs);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Product_OfAnyNumberOfRows_IsThatOfFloat64(ScalarType dtype, long inputs, long outputs)
    {
        PackedProducts.SkipWithout(dtype);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor weight = _random.Normal(outputs, inputs).to(dtype), bias = _random.Normal(outputs).to(dtype);
        Tensor wideWeight = weight.Wide(), wideBias = bias.Wide();
        using PackedWeight packed = new(weight);
        Assert.True(packed.IsReady(backward: true));
        // Which kernel oneDNN takes depends on the rows; the layout must not.
        foreach (long rows in (long[])[1, 2, 7, 16, 33, 64, 100, 257, 1024, 3000])
        {
            Tensor x = _random.Normal(rows, inputs).to(dtype), dy = _random.Normal(rows, outputs).to(dtype);
            // In bf16 one rounding of the result.
            double tolerance = dtype == ScalarType.Float32 ? 1e-5 : 1.0 / 256;
            Tensor expected = x.Wide().matmul(wideWeight.t());
            Close.Relative(expected.Plus(wideBias), packed.Product(x, bias), tolerance, $"{rows} rows");
            Close.Relative(expected, packed.Product(x, null), tolerance, $"{rows} rows without bias");
            Close.Relative(dy.Wide().matmul(wideWeight), packed.GradientToInputs(dy), tolerance, $"{rows} rows back");
        }
    }

    [Theory]
    [InlineData(48, 64)]
    [InlineData(64, 100)]
    [InlineData(1, 1)]
    public void IsReady_ForAWidthThatIsNotPacked_IsFalse(long inputs, long outputs)
    {
        using Tensor weight = _random.Normal(outputs, inputs);
        using PackedWeight packed = new(weight);
        Assert.False(packed.IsReady(backward: true));
    }

    [Fact]
    public void Run_WithGraph_GivesTheGradientOfThePlainProduct()
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(192, 64), bias = _random.Normal(192);
        (Tensor[] one, Tensor[] other) = Backward.Twice(_random.Normal(3, 50, 64));
        using PackedWeight packed = new(weight);
        Assert.True(packed.IsReady(backward: true));
        Backward.Compare(nn.functional.linear(other[0], weight.Wide(), bias.Wide()), other, PackedLinear.Run(one[0], packed, bias), one, 1e-5);
    }

    [Fact]
    public void Dispose_AfterPacking_LeavesNoTensorAndGivesTheMemoryBack()
    {
        PackedProducts.SkipWithout(ScalarType.Float32);
        using Tensor weight = _random.Normal(64, 64);
        long taken = PackedMemory.Taken;
        using (PackedWeight packed = new(weight))
        {
            Assert.True(packed.IsReady(backward: true));
            Assert.Equal(taken + 2 * 64 * 64 * 4, PackedMemory.Taken);
        }
        Assert.Equal(taken, PackedMemory.Taken);
    }
}

file static class Widening
{
    public static Tensor Wide(this Tensor x) => x.to(ScalarType.Float64);
}
