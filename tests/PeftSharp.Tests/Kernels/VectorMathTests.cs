using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Fused;
using Xunit;

namespace PeftSharp.Tests.Kernels;

/// <summary>The functions over eight values; over sixteen they give the same bits.</summary>
public sealed class VectorMathTests
{
    [Fact]
    public void Exp_OverTheWholeRange_IsAccurateToTwoUnits()
    {
        for (float x = -87; x < 88.5f; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            Assert.InRange(Exp(x), expected * (1 - 2.4e-7), expected * (1 + 2.4e-7));
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(-200, 0)]
    [InlineData(0, 1)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_OfSpecialValues_IsExact(float x, float expected) => Assert.Equal(expected, Exp(x));

    [Fact]
    public void Sigmoid_OverTheWholeRange_IsAccurateToFourUnitsOnBothSides()
    {
        for (float x = -87.3f; x < 87.3f; x += 0.0137f)
        {
            (float sigma, float complement) = Sigmoid(x);
            AssertUnits(1 / (1 + Math.Exp(-x)), sigma, 4);
            AssertUnits(1 / (1 + Math.Exp(x)), complement, 4);
        }
    }

    [Theory]
    [InlineData(-88.8f, 0, 1)]
    [InlineData(float.MinValue, 0, 1)]
    [InlineData(float.NegativeInfinity, 0, 1)]
    [InlineData(float.PositiveInfinity, 1, 0)]
    [InlineData(float.NaN, float.NaN, float.NaN)]
    public void Sigmoid_OfSpecialValues_IsThatOfTheLimit(float x, float sigma, float complement)
    {
        Assert.Equal(sigma, Sigmoid(x).Sigma);
        Assert.Equal(complement, Sigmoid(x).Complement, tolerance: 4f / (1 << 23));
    }

    /// <summary>Q(a), from tables.</summary>
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5f, 0.30853753872598690)]
    [InlineData(1, 0.15865525393145705)]
    [InlineData(3, 1.3498980316300945e-3)]
    [InlineData(5, 2.8665157187919391e-7)]
    [InlineData(8, 6.2209605742717841e-16)]
    [InlineData(12, 1.7764821120776789e-33)]
    public void NormalTail_OfAValue_IsAccurateToEightUnits(float a, double expected)
    {
        (V8 r8, V8 power8) = VectorMath.NormalTail(V8.Create(a));
        (V16 r16, V16 power16) = VectorMath.NormalTail(V16.Create(a));
        AssertUnits(expected, Both(r8 * power8, r16 * power16), 8);
    }

    [Fact]
    public unsafe void CounterMask_EightOrSixteenAtOnce_DrawsTheSame()
    {
        CounterMask mask = new(12345, 0.3);
        float* eights = stackalloc float[32], sixteens = stackalloc float[32];
        for (int i = 0; i < 32; i += 8)
            V8.Store(mask.FactorsAt<V8>(1000 + i), eights + i);
        for (int i = 0; i < 32; i += 16)
            V16.Store(mask.FactorsAt<V16>(1000 + i), sixteens + i);
        Assert.Equal(new ReadOnlySpan<float>(eights, 32), new ReadOnlySpan<float>(sixteens, 32));
        Assert.Equal([0f, 1 / 0.7f], new ReadOnlySpan<float>(eights, 32).ToArray().Distinct().Order());
    }

    [Fact]
    public unsafe void Bf16_EightOrSixteenAtOnce_RoundsTheSame()
    {
        float[] values = [1, -1, 1.00390625f, 1.01171875f, 0, -0f, float.NaN, float.PositiveInfinity, 3.4e38f, 1e-40f, 0.1f, -0.3f, 7e-20f, 65535, 2, 3];
        Bf16* eights = stackalloc Bf16[16], sixteens = stackalloc Bf16[16];
        fixed (float* from = values)
        {
            V8.Store(V8.Load(from), eights);
            V8.Store(V8.Load(from + 8), eights + 8);
            V16.Store(V16.Load(from), sixteens);
        }
        Assert.Equal(new ReadOnlySpan<byte>(eights, 32), new ReadOnlySpan<byte>(sixteens, 32));
        float* back = stackalloc float[16];
        V16.Store(V16.Load(sixteens), back);
        for (int i = 0; i < 16; i++)
            Assert.Equal(Bf16.One(eights[i]), back[i]);
        Assert.Equal(1f, back[2]);
        Assert.Equal(1.015625f, back[3]);
    }

    private static float Exp(float x) => Both(VectorMath.Exp(V8.Create(x)), VectorMath.Exp(V16.Create(x)));

    private static (float Sigma, float Complement) Sigmoid(float x)
    {
        (V8 sigma8, V8 complement8) = VectorMath.Sigmoid(V8.Create(x));
        (V16 sigma16, V16 complement16) = VectorMath.Sigmoid(V16.Create(x));
        return (Both(sigma8, sigma16), Both(complement8, complement16));
    }

    /// <summary>A unit in the last place is 2⁻²³ of a value at most.</summary>
    private static void AssertUnits(double expected, float actual, int units) =>
        Assert.InRange(Math.Abs(actual - expected), 0, expected * units / (1 << 23));

    /// <summary>The value that stands in all lanes of both.</summary>
    private static float Both(V8 eight, V16 sixteen)
    {
        float[] values = [.. Lanes(eight), .. Lanes(sixteen)];
        Assert.All(values, value => Assert.Equal(values[0], value));
        return values[0];
    }

    private static unsafe float[] Lanes<V>(V vector)
        where V : unmanaged, IVector<V> =>
        new ReadOnlySpan<float>(Unsafe.AsPointer(ref vector), V.Count).ToArray();
}
