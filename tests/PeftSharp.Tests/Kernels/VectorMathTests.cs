using System.Runtime.Intrinsics;
using PeftSharp.Kernels.Fused;
using Xunit;

namespace PeftSharp.Tests.Kernels;

public sealed class VectorMathTests
{
    [Fact]
    public void Exp_OverTheWholeRange_IsAccurateToTwoUnits()
    {
        for (float x = -87; x < 88.5f; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            float actual = VectorMath.Exp(Vector256.Create(x))[3];
            Assert.InRange(actual, expected * (1 - 2.4e-7), expected * (1 + 2.4e-7));
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(-200, 0)]
    [InlineData(0, 1)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_OfSpecialValues_IsExact(float x, float expected) =>
        Assert.Equal(expected, VectorMath.Exp(Vector256.Create(x))[0]);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(3.5, 0.970687769)]
    [InlineData(-3.5, 0.0293122308)]
    [InlineData(200, 1)]
    public void Sigmoid_OfAValue_IsClose(float x, double expected) =>
        Assert.Equal(expected, VectorMath.Sigmoid(Vector256.Create(x))[7], tolerance: 1e-7);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0.1124629160)]
    [InlineData(-0.5, -0.5204998778)]
    [InlineData(1, 0.8427007929)]
    [InlineData(2, 0.9953222650)]
    [InlineData(-3, -0.9999779095)]
    [InlineData(20, 1)]
    public void Erf_OfAValue_IsClose(float x, double expected) =>
        Assert.Equal(expected, VectorMath.Erf(Vector256.Create(x))[2], tolerance: 3e-7);
}
