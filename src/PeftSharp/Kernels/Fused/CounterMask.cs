using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// A dropout mask that is computed, not stored: whether place i is kept is a function of (key, i) alone, so the backward
/// draws the same mask again. A kept value is multiplied by 1 / (1 − p).
/// </summary>
internal readonly struct CounterMask(uint key, double probability)
{
    // Kept if the place's 32 random bits are not below p · 2³².
    private readonly uint _threshold = (uint)Math.Min(uint.MaxValue, probability * 4294967296.0);
    private readonly float _scale = (float)(1 / (1 - probability));

    /// <summary>into[i] = from[i] · mask(at + i); both may be the same memory.</summary>
    public unsafe void Apply<T>(T* from, T* into, long at, long count)
        where T : unmanaged, IElement<T>
    {
        long i = 0;
        for (; i + 8 <= count; i += 8)
            T.Store(T.Load(from + i) * FactorsAt(at + i), into + i);
        int rest = (int)(count - i);
        if (rest > 0)
            Rest.Store(Rest.Load(from + i, rest) * FactorsAt(at + i), into + i, rest);
    }

    /// <summary>The same for fp32.</summary>
    public unsafe void Apply(float* from, float* into, long at, long count) => Apply((Fp32*)from, (Fp32*)into, at, count);

    /// <summary>0 or 1 / (1 − p) for eight places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> FactorsAt(long at) =>
        Factors(Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7) + Vector256.Create((uint)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Factors(Vector256<uint> places) =>
        Vector256.GreaterThanOrEqual(Mix(places), Vector256.Create(_threshold)).AsSingle() & Vector256.Create(_scale);

    /// <summary>A finaliser of two multiplications (the constants of murmur3), keyed before and between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Mix(Vector256<uint> place)
    {
        Vector256<uint> x = place ^ Vector256.Create(key);
        x = (x ^ (x >>> 16)) * Vector256.Create(0x85EBCA6Bu);
        x = (x ^ (x >>> 13)) * Vector256.Create(0xC2B2AE35u);
        x ^= (x >>> 16) ^ Vector256.Create(key * 0x9E3779B9u);
        x = (x ^ (x >>> 15)) * Vector256.Create(0x2C1B3C6Du);
        return x ^ (x >>> 16);
    }
}
