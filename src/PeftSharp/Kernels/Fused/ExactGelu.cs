using System.Runtime.CompilerServices;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// GELU with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415): with Φ(x) = (1 + erf(x / √2)) / 2,
/// y = x Φ(x); dx = dy (Φ(x) + x e^(−x²/2) / √(2π)).
/// </summary>
/// <remarks>
/// 1 + erf loses all digits for negative x, so both are computed from the tail Q(|x|) = 1 − Φ(|x|): y = (x + |x|)/2 − |x| Q(|x|).
/// y is off by at most six units in the last place, down to x = −13.1, where it underflows; the derivative by so many of
/// Φ(x) + |x| e^(−x²/2) / √(2π).
/// </remarks>
internal readonly struct ExactGelu : IActivation
{
    /// <summary>From here on the tail is 0 in fp32.</summary>
    private const float Far = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, IVector<V>
    {
        V size = V.Max(x, V.Create(0) - x), a = V.Min(size, V.Create(Far));
        (V r, V power) = VectorMath.NormalTail(a);
        // The power last: Q itself becomes subnormal before |x| Q does.
        return V.Fma(x, V.Create(0.5f), size * V.Create(0.5f)) - a * r * power;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, IVector<V>
    {
        V a = V.Min(V.Max(x, V.Create(0) - x), V.Create(Far));
        (V r, V power) = VectorMath.NormalTail(a);
        V left = V.Fma(a, V.Create(-0.3989422804f), r) * power;
        return V.KeepNaN(x, V.WhereNegative(x, left, V.Create(1) - left));
    }
}
