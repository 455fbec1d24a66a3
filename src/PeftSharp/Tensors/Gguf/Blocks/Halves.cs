using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>16-bit floats to and from single precision, rounded to nearest even.</summary>
internal static class Halves
{
    public static void ToSingle(ReadOnlySpan<Half> from, Span<float> to) => TensorPrimitives.ConvertToSingle(from, to);

    public static void FromSingle(ReadOnlySpan<float> from, Span<Half> to) => TensorPrimitives.ConvertToHalf(from, to);

    public static void FromBFloat16(ReadOnlySpan<ushort> from, Span<float> to)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(to);
        int i = 0;
        for (; i <= from.Length - 16; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(from.Slice(i, 16)));
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + 8)..]);
        }
        for (; i < from.Length; i++)
            bits[i] = (uint)from[i] << 16;
    }

    /// <summary>The upper half of the bits, plus 0x7FFF and the lowest bit that stays; NaN stays NaN, made quiet.</summary>
    public static void ToBFloat16(ReadOnlySpan<float> from, Span<ushort> to)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(from);
        int i = 0;
        for (; i <= bits.Length - 16; i += 16)
            Vector256.Narrow(Round(Vector256.Create(bits.Slice(i, 8))), Round(Vector256.Create(bits.Slice(i + 8, 8)))).CopyTo(to[i..]);
        for (; i < bits.Length; i++)
            to[i] = (ushort)Round(Vector256.Create(bits[i])).ToScalar();
    }

    private static Vector256<uint> Round(Vector256<uint> bits)
    {
        Vector256<uint> magnitude = bits & Vector256.Create(0x7FFFFFFFu);
        Vector256<uint> nan = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7F800000)).AsUInt32();
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + ((bits >>> 16) & Vector256<uint>.One)) >>> 16;
        return Vector256.ConditionalSelect(nan, (bits >>> 16) | Vector256.Create(64u), rounded);
    }
}
