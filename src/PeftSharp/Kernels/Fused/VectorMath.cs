using System.Runtime.CompilerServices;

namespace PeftSharp.Kernels.Fused;

/// <summary>Functions of some fp32 values at once, accurate to two units in the last place where their result is not subnormal.</summary>
internal static class VectorMath
{
    /// <summary>e^x. With n = round(x / ln 2) and r = x − n ln 2 in [−0.35, 0.35]: e^x = 2ⁿ e^r, e^r by its Taylor series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : unmanaged, IVector<V>
    {
        // Below these bounds the result is 0 (or subnormal), above them the largest number; what the bounds make of NaN is
        // mended at the end.
        V bounded = V.Min(V.Max(x, V.Create(-87.3f)), V.Create(88.7228f));
        V n = V.Round(bounded * V.Create(1.44269504f));
        // ln 2 in two parts, so that n times the first is exact.
        V r = V.Fma(n, V.Create(-0.693359375f), bounded);
        r = V.Fma(n, V.Create(2.12194440e-4f), r);
        V series = V.Create(1f / 5040);
        series = V.Fma(series, r, V.Create(1f / 720));
        series = V.Fma(series, r, V.Create(1f / 120));
        series = V.Fma(series, r, V.Create(1f / 24));
        series = V.Fma(series, r, V.Create(1f / 6));
        series = V.Fma(series, r, V.Create(0.5f));
        series = V.Fma(series, r, V.Create(1));
        series = V.Fma(series, r, V.Create(1));
        // The bounds keep the exponent between 1 and 254.
        return V.KeepNaN(x, V.ZeroBelow(x, -87.3f, V.TimesPowerOfTwo(series, n)));
    }

    /// <summary>1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x)
        where V : unmanaged, IVector<V> =>
        V.Create(1) / (V.Create(1) + Exp(V.Create(0) - x));

    /// <summary>
    /// erf(x), off by at most 3e-7: x P(x²) / Q(x²) on [−4, 4], beyond which fp32 knows only ±1. The coefficients are those
    /// of Eigen's fp32 erf.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x)
        where V : unmanaged, IVector<V>
    {
        // NaN takes a bound here; x itself carries it into the result.
        V bounded = V.Min(V.Max(x, V.Create(-4f)), V.Create(4f));
        V square = bounded * bounded;
        V p = V.Create(-2.72614225801306e-10f);
        p = V.Fma(p, square, V.Create(2.77068142495902e-08f));
        p = V.Fma(p, square, V.Create(-2.10102402082508e-06f));
        p = V.Fma(p, square, V.Create(-5.69250639462346e-05f));
        p = V.Fma(p, square, V.Create(-7.34990630326855e-04f));
        p = V.Fma(p, square, V.Create(-2.95459980854025e-03f));
        p = V.Fma(p, square, V.Create(-1.60960333262415e-02f));
        V q = V.Create(-1.45660718464996e-05f);
        q = V.Fma(q, square, V.Create(-2.13374055278905e-04f));
        q = V.Fma(q, square, V.Create(-1.68282697438203e-03f));
        q = V.Fma(q, square, V.Create(-7.37332916720468e-03f));
        q = V.Fma(q, square, V.Create(-1.42647390514189e-02f));
        return V.KeepNaN(x, bounded * p / q);
    }
}
