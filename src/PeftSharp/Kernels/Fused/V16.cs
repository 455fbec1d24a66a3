using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>Sixteen values: AVX-512.</summary>
internal readonly unsafe struct V16(Vector512<float> value) : IVector<V16>
{
    private readonly Vector512<float> _value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Load<T>(T* from)
        where T : unmanaged, IElement<T> =>
        new(T.LoadSixteen(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V16 value, float* into) => Vector512.Store(value._value, into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(V16 value, T* into)
        where T : unmanaged, IElement<T> =>
        T.Store(value._value, into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator +(V16 a, V16 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator -(V16 a, V16 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator *(V16 a, V16 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator /(V16 a, V16 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Fma(V16 a, V16 b, V16 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Min(V16 a, V16 b) => new(Vector512.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Max(V16 a, V16 b) => new(Vector512.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Round(V16 x) => new(Vector512.Round(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 TimesPowerOfTwo(V16 x, V16 n) =>
        new((x._value.AsInt32() + (Vector512.ConvertToInt32Native(n._value) << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 ZeroBelow(V16 x, float bound, V16 value) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x._value, Vector512.Create(bound)), Vector512<float>.Zero, value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 WhereNegative(V16 x, V16 negative, V16 other) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x._value, Vector512<float>.Zero), negative._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 KeepNaN(V16 x, V16 value) => new(Vector512.ConditionalSelect(Vector512.Equals(x._value, x._value), value._value, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(V16 x) => Vector512.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(V16 x) => V8.Largest(new(Vector256.Max(x._value.GetLower(), x._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Places(uint n) => new((Vector512<uint>.Indices + Vector512.Create(n)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Xor(V16 x, uint y) => new((x._value.AsUInt32() ^ Vector512.Create(y)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 XorShifted(V16 x, int count) => new((x._value.AsUInt32() ^ (x._value.AsUInt32() >>> count)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Times(V16 x, uint y) => new((x._value.AsUInt32() * Vector512.Create(y)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 WhereNotBelow(V16 bits, uint bound, float value) =>
        new(Vector512.GreaterThanOrEqual(bits._value.AsUInt32(), Vector512.Create(bound)).AsSingle() & Vector512.Create(value));
}
