using System.Runtime.CompilerServices;

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
        long i = Wide.Lanes ? Stretch<T, V16>(from, into, at, 0, count) : 0;
        i = Stretch<T, V8>(from, into, at, i, count);
        int rest = (int)(count - i);
        if (rest > 0)
            Rest.Store(Rest.Load(from + i, rest) * FactorsAt<V8>(at + i), into + i, rest);
    }

    /// <summary>The same for fp32.</summary>
    public unsafe void Apply(float* from, float* into, long at, long count) => Apply((Fp32*)from, (Fp32*)into, at, count);

    /// <summary>0 or 1 / (1 − p) for the places from <paramref name="at"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V FactorsAt<V>(long at)
        where V : unmanaged, IVector<V>
    {
        // A finaliser of two multiplications (the constants of murmur3), keyed before and between.
        V x = V.Xor(V.Places((uint)at), key);
        x = V.Times(V.XorShifted(x, 16), 0x85EBCA6Bu);
        x = V.Times(V.XorShifted(x, 13), 0xC2B2AE35u);
        x = V.Xor(V.XorShifted(x, 16), key * 0x9E3779B9u);
        x = V.Times(V.XorShifted(x, 15), 0x2C1B3C6Du);
        return V.WhereNotBelow(V.XorShifted(x, 16), _threshold, _scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe long Stretch<T, V>(T* from, T* into, long at, long i, long count)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (; i + V.Count <= count; i += V.Count)
            V.Store(V.Load(from + i) * FactorsAt<V>(at + i), into + i);
        return i;
    }
}
