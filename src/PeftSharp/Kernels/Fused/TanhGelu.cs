using System.Runtime.CompilerServices;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// The approximation of GELU by the hyperbolic tangent (arXiv:1606.08415): y = x (1 + tanh(z/2)) / 2 = x σ(z) with
/// z = √(8/π) (x + 0.044715 x³); dx = dy (σ(z) + x σ(z) (1 − σ(z)) dz).
/// </summary>
/// <remarks>
/// From the tail q = σ(−|z|) = e / (1 + e), e = e^−|z|, like <see cref="ExactGelu"/>, with the same bounds down to x = −9.9, where
/// e underflows. z there is 87, of which e^−z takes even the last digit times 87: what rounding takes from z is put back.
/// </remarks>
internal readonly struct TanhGelu : IActivation
{
    /// <summary>From here on the tail is 0 in fp32.</summary>
    private const float Far = 16;

    /// <summary>√(8/π) and 0.044715 √(8/π), each with what fp32 loses of it.</summary>
    private const float Linear = 1.5957691216f, LinearRest = (float)(1.5957691216057308 - Linear),
        Cubic = 0.0713548162726f, CubicRest = (float)(0.07135481627260025 - Cubic);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, IVector<V>
    {
        V size = V.Max(x, V.Create(0) - x), a = V.Min(size, V.Create(Far));
        V e = Tail(a);
        return V.Fma(x, V.Create(0.5f), size * V.Create(0.5f)) - a / (V.Create(1) + e) * e;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, IVector<V>
    {
        V a = V.Min(V.Max(x, V.Create(0) - x), V.Create(Far));
        V e = Tail(a), complement = V.Create(1) / (V.Create(1) + e);
        V dz = V.Fma(a * a, V.Create(3 * Cubic), V.Create(Linear));
        V left = (V.Create(1) - a * dz * complement) * complement * e;
        return V.KeepNaN(x, V.WhereNegative(x, left, V.Create(1) - left));
    }

    /// <summary>e^−z for z = a (l + c a²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Tail<V>(V a)
        where V : unmanaged, IVector<V>
    {
        V none = V.Create(0), linear = V.Create(Linear), cubic = V.Create(Cubic);
        V square = a * a, squareLost = V.Fma(a, a, none - square);
        V term = cubic * square, termLost = V.Fma(cubic, square, none - term);
        // The sum and what it loses, whichever part is the larger (Knuth's two-sum).
        V sum = term + linear, second = sum - term;
        V sumLost = term - (sum - second) + (linear - second);
        V lost = sumLost + termLost + V.Fma(cubic, squareLost, V.Fma(V.Create(CubicRest), square, V.Create(LinearRest)));
        V z = a * sum, zLost = V.Fma(a, sum, none - z) + a * lost;
        return VectorMath.ExpOfSum(none - z, none - zLost);
    }
}
