using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>Small integers to scaled floats, 16 or 32 at a time. Every product and sum is rounded, as in the reference (no fused multiply-add).</summary>
internal static class Lanes
{
    /// <summary>to[i] = q[i] · d, 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(Vector256<sbyte> q, float d, ref float to)
    {
        Vector256<float> scale = Vector256.Create(d);
        (Vector256<short> low, Vector256<short> high) = Vector256.Widen(q);
        Scale(low, scale, ref to);
        Scale(high, scale, ref Unsafe.Add(ref to, 16));
    }

    /// <summary>to[i] = q[i] · d, 16 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(Vector128<sbyte> q, float d, ref float to) =>
        Scale(Vector256.WidenLower(q.ToVector256Unsafe()), Vector256.Create(d), ref to);

    /// <summary>to[i] = q[i] · d + m, 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleAndShift(Vector256<byte> q, float d, float m, ref float to)
    {
        Vector256<float> scale = Vector256.Create(d), shift = Vector256.Create(m);
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(q);
        ScaleAndShift(low, scale, shift, ref to);
        ScaleAndShift(high, scale, shift, ref Unsafe.Add(ref to, 16));
    }

    /// <summary>to[i] = q[i] · d + m, 16 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleAndShift(Vector128<byte> q, float d, float m, ref float to) =>
        ScaleAndShift(Vector256.WidenLower(q.ToVector256Unsafe()), Vector256.Create(d), Vector256.Create(m), ref to);

    /// <summary>The 16 low halves of bytes, then the 16 high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Nibbles(Vector128<byte> packed) =>
        Vector256.Create(packed & Vector128.Create((byte)0x0F), packed >>> 4);

    /// <summary>32 bits, lowest first, each as 0 or <paramref name="one"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Bits(uint bits, byte one)
    {
        Vector128<byte> all = Vector128.CreateScalar(bits).AsByte();
        Vector256<byte> spread = Vector256.Create(
            Vector128.Shuffle(all, Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)),
            Vector128.Shuffle(all, Vector128.Create((byte)2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3)));
        Vector256<byte> mask = Vector256.Create(0x8040201008040201UL).AsByte();
        return Vector256.Equals(spread & mask, mask) & Vector256.Create(one);
    }

    /// <summary>The half-precision number at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(ReadOnlySpan<byte> bytes, int at = 0) => (float)MemoryMarshal.Read<Half>(bytes[at..]);

    /// <summary>16 bytes at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load16(ReadOnlySpan<byte> bytes, int at) => Vector128.Create(bytes.Slice(at, 16));

    /// <summary>32 bytes at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load32(ReadOnlySpan<byte> bytes, int at) => Vector256.Create(bytes.Slice(at, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(Vector256<short> q, Vector256<float> d, ref float to)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(q);
        (Vector256.ConvertToSingle(low) * d).StoreUnsafe(ref to);
        (Vector256.ConvertToSingle(high) * d).StoreUnsafe(ref to, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ScaleAndShift(Vector256<ushort> q, Vector256<float> d, Vector256<float> m, ref float to)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(q);
        (Vector256.ConvertToSingle(low.AsInt32()) * d + m).StoreUnsafe(ref to);
        (Vector256.ConvertToSingle(high.AsInt32()) * d + m).StoreUnsafe(ref to, 8);
    }
}
