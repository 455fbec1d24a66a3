using PeftSharp.Kernels;
using PeftSharp.Kernels.Int8;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Int8;

public sealed class RowQuantiserTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.Float32, 7)]
    [InlineData(ScalarType.Float32, 32)]
    [InlineData(ScalarType.Float32, 77)]
    [InlineData(ScalarType.BFloat16, 45)]
    [InlineData(ScalarType.BFloat16, 576)]
    public void Run_AnyWidth_EqualsThePlainOperators(ScalarType dtype, long width)
    {
        using var scope = NewDisposeScope();
        Tensor x = _random.Normal(50, width).to(dtype), factors = _random.Uniform(width).Plus(0.5);
        Tensor wide = x.to(ScalarType.Float32).mul(factors);
        Tensor scales = wide.abs().amax([1]).DividedBy(127);
        Tensor expected = wide.div(scales.unsqueeze(1)).round();

        QuantisedRows signed = RowQuantiser.Run(x, factors, ScalarType.Int8);
        Close.Relative(scales, signed.Scales, 1e-6, "scales");
        // A value halfway between two steps may be rounded either way by the other order of the operations.
        Tensor off = expected.sub(signed.Values.to(ScalarType.Float32)).abs();
        Assert.True(off.max().item<float>() <= 1);
        Assert.True(off.mean().item<float>() < 0.01);
        Tensor largest = signed.Values.to(ScalarType.Float32).abs().amax([1]);
        Assert.True(largest.Equals(ScalarMath.Full(largest.shape, 127)));

        QuantisedRows unsigned = RowQuantiser.Run(x, factors, ScalarType.Byte);
        Assert.True(unsigned.Values.to(ScalarType.Int32).Plus(-128).Equals(signed.Values.to(ScalarType.Int32)));
    }

    [Fact]
    public void Run_RowsOfZerosNanAndInfinity_StayWhatTheyAre()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor([0f, 0f, float.NaN, 1f, float.PositiveInfinity, 1f, 1f, -1f]).view(4, 2);
        QuantisedRows rows = RowQuantiser.Run(x, null, ScalarType.Int8);
        float[] scales = rows.Scales.data<float>().ToArray();
        Assert.Equal(0, scales[0]);
        Assert.Equal([float.NaN, float.NaN], scales[1..3]);
        Assert.Equal(1f / 127, scales[3]);
        Assert.Equal([0, 0], rows.Values[0].data<sbyte>().ToArray());
        Assert.Equal([127, -127], rows.Values[3].data<sbyte>().ToArray());
    }

    [Fact]
    public void Run_WithLargeValues_MarksTheirColumns()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(20, 45);
        foreach ((int row, int column, float value) in (ReadOnlySpan<(int, int, float)>)[(3, 0, 6.1f), (19, 17, -7), (4, 44, float.NaN), (5, 20, 6)])
            x[row, column] = tensor(value);
        byte[] flags = new byte[45];
        RowQuantiser.Run(x, null, ScalarType.Byte, flags);
        Assert.Equal([0, 17, 44], OutlierColumns.Of(flags));
    }
}
