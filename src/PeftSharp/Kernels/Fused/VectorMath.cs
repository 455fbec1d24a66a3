using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>Functions of eight fp32 values at once, accurate to two units in the last place where their result is not subnormal.</summary>
internal static class VectorMath
{
    /// <summary>e^x. With n = round(x / ln 2) and r = x − n ln 2 in [−0.35, 0.35]: e^x = 2ⁿ e^r, e^r by its Taylor series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // Below these bounds the result is 0 (or subnormal), above them the largest number. The processor's own minimum and
        // conversion are one instruction each; what they make of NaN is mended at the end.
        Vector256<float> bounded = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(-87.3f)), Vector256.Create(88.7228f));
        Vector256<float> n = Vector256.Round(bounded * Vector256.Create(1.44269504f));
        // ln 2 in two parts, so that n times the first is exact.
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), bounded);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> series = Vector256.Create(1f / 5040);
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 720));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 120));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 24));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 6));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(0.5f));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256<float>.One);
        series = Vector256.FusedMultiplyAdd(series, r, Vector256<float>.One);
        // Times 2ⁿ by adding to the exponent, which the bounds keep between 1 and 254.
        Vector256<float> result = (series.AsInt32() + (Vector256.ConvertToInt32Native(n) << 23)).AsSingle();
        result = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(-87.3f)), Vector256<float>.Zero, result);
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
    }

    /// <summary>1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exp(-x));

    /// <summary>
    /// erf(x), off by at most 3e-7: x P(x²) / Q(x²) on [−4, 4], beyond which fp32 knows only ±1. The coefficients are those
    /// of Eigen's fp32 erf.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Erf(Vector256<float> x)
    {
        // NaN takes a bound here; x itself carries it into the result.
        Vector256<float> bounded = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(-4f)), Vector256.Create(4f));
        Vector256<float> square = bounded * bounded;
        Vector256<float> p = Vector256.Create(-2.72614225801306e-10f);
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(2.77068142495902e-08f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-2.10102402082508e-06f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-5.69250639462346e-05f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-7.34990630326855e-04f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-2.95459980854025e-03f));
        p = Vector256.FusedMultiplyAdd(p, square, Vector256.Create(-1.60960333262415e-02f));
        Vector256<float> q = Vector256.Create(-1.45660718464996e-05f);
        q = Vector256.FusedMultiplyAdd(q, square, Vector256.Create(-2.13374055278905e-04f));
        q = Vector256.FusedMultiplyAdd(q, square, Vector256.Create(-1.68282697438203e-03f));
        q = Vector256.FusedMultiplyAdd(q, square, Vector256.Create(-7.37332916720468e-03f));
        q = Vector256.FusedMultiplyAdd(q, square, Vector256.Create(-1.42647390514189e-02f));
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), bounded * p / q, x);
    }

    /// <summary>The largest lane.</summary>
    public static float Largest(Vector256<float> x)
    {
        Vector128<float> four = Vector128.Max(x.GetLower(), x.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }
}
