using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>Eight values: AVX.</summary>
internal readonly unsafe struct V8(Vector256<float> value) : IVector<V8>
{
    private readonly Vector256<float> _value = value;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Load<T>(T* from)
        where T : unmanaged, IElement<T> =>
        new(T.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V8 value, float* into) => Vector256.Store(value._value, into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(V8 value, T* into)
        where T : unmanaged, IElement<T> =>
        T.Store(value._value, into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator +(V8 a, V8 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator -(V8 a, V8 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator *(V8 a, V8 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator /(V8 a, V8 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Fma(V8 a, V8 b, V8 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Min(V8 a, V8 b) => new(Vector256.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Max(V8 a, V8 b) => new(Vector256.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Round(V8 x) => new(Vector256.Round(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 TimesPowerOfTwo(V8 x, V8 n) =>
        new((x._value.AsInt32() + (Vector256.ConvertToInt32Native(n._value) << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 ZeroBelow(V8 x, float bound, V8 value) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x._value, Vector256.Create(bound)), Vector256<float>.Zero, value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 WhereNegative(V8 x, V8 negative, V8 other) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x._value, Vector256<float>.Zero), negative._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 KeepNaN(V8 x, V8 value) => new(Vector256.ConditionalSelect(Vector256.Equals(x._value, x._value), value._value, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(V8 x) => Vector256.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(V8 x)
    {
        Vector128<float> four = Vector128.Max(x._value.GetLower(), x._value.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Places(uint n) => new((Vector256<uint>.Indices + Vector256.Create(n)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Xor(V8 x, uint y) => new((x._value.AsUInt32() ^ Vector256.Create(y)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 XorShifted(V8 x, int count) => new((x._value.AsUInt32() ^ (x._value.AsUInt32() >>> count)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Times(V8 x, uint y) => new((x._value.AsUInt32() * Vector256.Create(y)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 WhereNotBelow(V8 bits, uint bound, float value) =>
        new(Vector256.GreaterThanOrEqual(bits._value.AsUInt32(), Vector256.Create(bound)).AsSingle() & Vector256.Create(value));
}
