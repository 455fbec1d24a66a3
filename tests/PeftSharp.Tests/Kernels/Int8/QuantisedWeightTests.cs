using PeftSharp.Kernels;
using PeftSharp.Kernels.Int8;
using PeftSharp.Kernels.Packed;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Int8;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class QuantisedWeightTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Theory]
    [InlineData(1, 64, 64)]
    [InlineData(33, 48, 100)]
    [InlineData(100, 96, 48)]
    [InlineData(7, 20, 3)]
    [InlineData(300, 384, 1536)]
    [InlineData(257, 1536, 576)]
    public void Product_AndGradient_AreWithinTheErrorOfTheScales(long rows, long inputs, long outputs)
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(outputs, inputs), x = _random.Uniform(rows, inputs).Times(10).Plus(-5), dy = _random.Normal(rows, outputs), bias = _random.Normal(outputs);
        using QuantisedWeight quantised = new(weight);
        Assert.True(quantised.Takes(x, backward: true));
        Tensor steps = StepsOf(weight);
        Within(nn.functional.linear(x.Wide(), weight.Wide(), bias.Wide()), quantised.Product(x, bias), Bound(x, weight, steps));
        // The gradient's rows are quantised with the weight's scales in them, beside which Q is off by half a step.
        Within(dy.Wide().matmul(weight.Wide()), quantised.GradientToInputs(dy), Bound(dy.mul(steps), weight.div(steps.unsqueeze(1)).t(), ones(inputs)));
    }

    [Fact]
    public void Product_InBFloat16_IsCloseToFloat32()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(192, 576).to(ScalarType.BFloat16), x = _random.Normal(70, 576).Between(-5, 5).to(ScalarType.BFloat16), bias = _random.Normal(192).to(ScalarType.BFloat16);
        using QuantisedWeight quantised = new(weight);
        Assert.True(quantised.Takes(x, backward: true));
        Tensor wide = nn.functional.linear(x.Wide(), weight.Wide(), bias.Wide());
        Tensor y = quantised.Product(x, bias);
        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Assert.InRange(Error(wide, y), 1e-4, 0.015);
    }

    [Fact]
    public void Product_WithOutliers_IsAsGoodAsWithoutThem()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(128, 256), x = _random.Normal(64, 256).Between(-5, 5), large = x.clone();
        large.narrow(1, 17, 1).mul_(tensor(80f));
        large.narrow(1, 200, 2).mul_(tensor(-50f));
        using QuantisedWeight quantised = new(weight);
        Assert.True(quantised.Takes(x, backward: false));
        double usual = Absolute(x.Wide().matmul(weight.Wide().t()), quantised.Product(x, null));
        double apart = Absolute(large.Wide().matmul(weight.Wide().t()), quantised.Product(large, null));
        // What the same rows give when nothing is taken out of them.
        QuantisedRows rows = RowQuantiser.Run(large, null, ScalarType.Byte), columns = RowQuantiser.Run(weight, null, ScalarType.Int8);
        using Int8Matrix matrix = Int8Matrix.Of(columns.Values, columns.Scales.clone());
        Tensor together = matrix.Multiply(rows.Values, ScalarType.Float32).mul(rows.Scales.unsqueeze(1));
        Assert.InRange(apart, 0, 1.1 * usual);
        Assert.True(Absolute(large.Wide().matmul(weight.Wide().t()), together) > 10 * apart);
    }

    [Fact]
    public void Product_WithNan_HasItInItsRowOnly()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(64, 64), x = _random.Normal(5, 64);
        x[2, 3] = tensor(float.NaN);
        using QuantisedWeight quantised = new(weight);
        Assert.True(quantised.Takes(x, backward: true));
        foreach (Tensor result in (ReadOnlySpan<Tensor>)[quantised.Product(x, null), quantised.GradientToInputs(x)])
            Assert.Equal([0, 0, 64, 0, 0], result.isnan().sum([1]).data<long>().ToArray());
    }

    [Fact]
    public void Run_WithGraph_GivesTheGradientOfTheQuantisedWeight()
    {
        if (Int8Machine.Refuses())
            return;
        using var scope = NewDisposeScope();
        Tensor weight = _random.Normal(192, 64);
        Tensor x = _random.Normal(3, 50, 64).Between(-5, 5).requires_grad_(), upstream = _random.Normal(3, 50, 192);
        using QuantisedWeight quantised = new(weight);
        Assert.True(quantised.Takes(x, backward: true));
        PackedLinear.Run(x, quantised, null).backward([upstream]);
        Assert.InRange(Error(upstream.Wide().matmul(weight.Wide()), x.grad!), 1e-4, 0.015);
    }

    [Fact]
    public void Dispose_AfterProducts_LeavesNoTensorAndGivesTheMemoryBack()
    {
        if (Int8Machine.Refuses())
            return;
        using Tensor weight = _random.Normal(64, 128), x = _random.Normal(4, 128).Times(5), dy = _random.Normal(4, 64);
        long tensors = Tensor.TotalCount, taken = PackedMemory.Taken;
        using (QuantisedWeight quantised = new(weight))
        {
            Assert.True(quantised.Takes(x, backward: true));
            Assert.Equal(taken + 2 * 64 * 128, PackedMemory.Taken);
            long held = Tensor.TotalCount;
            quantised.Product(x, null).Dispose();
            quantised.GradientToInputs(dy).Dispose();
            Assert.Equal(held, Tensor.TotalCount);
        }
        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.Equal(taken, PackedMemory.Taken);
    }

    /// <summary>The scales of the rows.</summary>
    private static Tensor StepsOf(Tensor x) => x.abs().amax([1]).DividedBy(127);

    /// <summary>Each factor is off by half a step at most: Σ |x| s/2 + |w| r/2 + r s/4.</summary>
    private static Tensor Bound(Tensor x, Tensor weight, Tensor weightSteps)
    {
        Tensor steps = StepsOf(x).unsqueeze(1), s = weightSteps.unsqueeze(0);
        return x.abs().sum([1], keepdim: true).mul(s).DividedBy(2)
            .Plus(weight.abs().sum([1]).unsqueeze(0).mul(steps).DividedBy(2))
            .Plus(steps.mul(s).Times(x.shape[1] / 4.0));
    }

    private static void Within(Tensor expected, Tensor actual, Tensor bound)
    {
        Assert.True(expected.shape.SequenceEqual(actual.shape));
        Tensor excess = expected.sub(actual).abs().sub(bound.Times(1.001)).max();
        Assert.True(excess.item<double>() <= 1e-5 * expected.abs().max().item<double>(), $"over the bound by {excess.item<double>()}");
        Assert.InRange(Error(expected, actual), 0, 0.015);
    }

    private static double Error(Tensor expected, Tensor actual) => Absolute(expected, actual) / expected.to(ScalarType.Float64).norm().item<double>();

    private static double Absolute(Tensor expected, Tensor actual) =>
        expected.to(ScalarType.Float64).sub(actual.to(ScalarType.Float64)).norm().item<double>();
}

file static class Widening
{
    public static Tensor Wide(this Tensor x) => x.to(ScalarType.Float64);
}
