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

    /// <summary>
    /// σ(x) = 1 / (1 + e^−x) and 1 − σ(x) = e^−x / (1 + e^−x), each with four units in the last place of its own: neither is a
    /// difference. Below x = −88.72, where e^−x is beyond fp32, σ is 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Sigma, V Complement) Sigmoid<V>(V x)
        where V : unmanaged, IVector<V>
    {
        V e = Exp(V.Create(0) - x), inverse = V.Create(1) / (V.Create(1) + e);
        return (V.ZeroBelow(x, -88.722f, inverse), e * inverse);
    }

    /// <summary>
    /// The upper tail of the normal distribution, Q(a) = erfc(a / √2) / 2 = R e^(−a²/2) for a in [0, 16], as its two factors, each
    /// accurate to four units in the last place. R is a polynomial in t = 1 / (1 + a/4) without a constant, fitted to
    /// Q(a) e^(a²/2) at Chebyshev's nodes on [0, 13.5] (off by 1.9e-8); what rounding takes from a² is put back.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V R, V Power) NormalTail<V>(V a)
        where V : unmanaged, IVector<V>
    {
        V t = V.Create(1) / V.Fma(a, V.Create(0.25f), V.Create(1));
        V r = V.Create(0.0149936322f);
        r = V.Fma(r, t, V.Create(-0.0541295111f));
        r = V.Fma(r, t, V.Create(0.0311430451f));
        r = V.Fma(r, t, V.Create(0.0560126938f));
        r = V.Fma(r, t, V.Create(-0.0104550654f));
        r = V.Fma(r, t, V.Create(0.0992457196f));
        r = V.Fma(r, t, V.Create(0.0675812662f));
        r = V.Fma(r, t, V.Create(0.0964802206f));
        r = V.Fma(r, t, V.Create(0.09937381f));
        r = V.Fma(r, t, V.Create(0.0997541845f));
        V square = a * a, lost = V.Fma(a, a, V.Create(0) - square);
        return (r * t, ExpOfSum(square * V.Create(-0.5f), lost * V.Create(-0.5f)));
    }

    /// <summary>e^(x + small) = e^x (1 + small), for a part so small that its square is nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpOfSum<V>(V x, V small)
        where V : unmanaged, IVector<V>
    {
        V power = Exp(x);
        return V.Fma(power, small, power);
    }
}
