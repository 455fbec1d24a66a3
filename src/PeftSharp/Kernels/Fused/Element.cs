using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PeftSharp.Kernels.Fused;

/// <summary>A number as it lies in tensor memory; the kernels compute in fp32.</summary>
internal unsafe interface IElement<TSelf> where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>Eight values, widened.</summary>
    static abstract Vector256<float> Load(TSelf* from);

    /// <summary>Eight values, rounded to nearest even.</summary>
    static abstract void Store(Vector256<float> value, TSelf* into);

    /// <summary>Sixteen values, widened.</summary>
    static abstract Vector512<float> LoadSixteen(TSelf* from);

    /// <summary>Sixteen values, rounded to nearest even.</summary>
    static abstract void Store(Vector512<float> value, TSelf* into);

    /// <summary>One value, widened.</summary>
    static abstract float One(TSelf value);
}

/// <summary>float32.</summary>
internal readonly unsafe struct Fp32(float value) : IElement<Fp32>
{
    private readonly float _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(Fp32* from) => Vector256.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, Fp32* into) => Vector256.Store(value, (float*)into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSixteen(Fp32* from) => Vector512.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, Fp32* into) => Vector512.Store(value, (float*)into);

    public static float One(Fp32 value) => value._value;
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct Bf16(ushort bits) : IElement<Bf16>
{
    private readonly ushort _bits = bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(Bf16* from)
    {
        // One instruction, which the portable form below is not compiled to.
        if (Avx2.IsSupported)
            return (Avx2.ConvertToVector256Int32((ushort*)from) << 16).AsSingle();
        Vector128<ushort> bits = Vector128.Load((ushort*)from);
        return (Vector256.Create(Vector128.WidenLower(bits), Vector128.WidenUpper(bits)) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, Bf16* into)
    {
        Vector256<uint> bits = value.AsUInt32();
        // Half of the lower part's range, and one more where the part that stays is odd.
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + ((bits >>> 16) & Vector256<uint>.One)) >>> 16;
        // Rounding must not carry the payload of a NaN into the sign.
        rounded = Vector256.ConditionalSelect(Vector256.Equals(value, value).AsUInt32(), rounded, Vector256.Create(0x7FC0u));
        Vector128<ushort> narrow = Avx512F.VL.IsSupported
            ? Avx512F.VL.ConvertToVector128UInt16(rounded)
            : Vector128.Narrow(rounded.GetLower(), rounded.GetUpper());
        Vector128.Store(narrow, (ushort*)into);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSixteen(Bf16* from)
    {
        Vector256<ushort> bits = Vector256.Load((ushort*)from);
        Vector512<uint> wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(bits)
            : Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits));
        return (wide << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, Bf16* into)
    {
        // As above.
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        rounded = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, Vector512.Create(0x7FC0u));
        Vector256.Store(Narrow(rounded), (ushort*)into);
    }

    public static float One(Bf16 value) => BitConverter.Int32BitsToSingle(value._bits << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<uint> x) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(x) : Vector256.Narrow(x.GetLower(), x.GetUpper());
}

/// <summary>The values that are left where their number is no multiple of eight.</summary>
internal static unsafe class Rest
{
    /// <summary>The first <paramref name="count"/> (under eight) values; the other lanes are 0.</summary>
    public static V8 Load<T>(T* from, int count)
        where T : unmanaged, IElement<T>
    {
        T* whole = stackalloc T[8];
        new Span<T>(whole, 8).Clear();
        new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(whole, 8));
        return V8.Load(whole);
    }

    /// <summary>The first <paramref name="count"/> lanes.</summary>
    public static void Store<T>(V8 value, T* into, int count)
        where T : unmanaged, IElement<T>
    {
        T* whole = stackalloc T[8];
        V8.Store(value, whole);
        new ReadOnlySpan<T>(whole, count).CopyTo(new Span<T>(into, count));
    }
}
