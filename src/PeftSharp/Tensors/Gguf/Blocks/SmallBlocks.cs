using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static PeftSharp.Tensors.Gguf.Blocks.Lanes;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>
/// Blocks of 32 values: a half-precision scale d (and a minimum m), then the integers q. Of 4-bit integers the first 16
/// values lie in the low halves of 16 bytes, the other 16 in the high ones; a fifth bit lies apart, 32 bits before them.
/// </summary>
internal static class SmallBlocks
{
    /// <summary>value = d · (q − 8).</summary>
    public static void Q4_0(ReadOnlySpan<byte> block, ref float to) =>
        Scale(Nibbles(Load16(block, 2)).AsSByte() - Vector256.Create((sbyte)8), Half(block), ref to);

    /// <summary>value = d · q + m.</summary>
    public static void Q4_1(ReadOnlySpan<byte> block, ref float to) =>
        ScaleAndShift(Nibbles(Load16(block, 4)), Half(block), Half(block, 2), ref to);

    /// <summary>value = d · (q − 16).</summary>
    public static void Q5_0(ReadOnlySpan<byte> block, ref float to)
    {
        Vector256<byte> q = Nibbles(Load16(block, 6)) | Bits(MemoryMarshal.Read<uint>(block[2..]), 16);
        Scale(q.AsSByte() - Vector256.Create((sbyte)16), Half(block), ref to);
    }

    /// <summary>value = d · q + m.</summary>
    public static void Q5_1(ReadOnlySpan<byte> block, ref float to)
    {
        Vector256<byte> q = Nibbles(Load16(block, 8)) | Bits(MemoryMarshal.Read<uint>(block[4..]), 16);
        ScaleAndShift(q, Half(block), Half(block, 2), ref to);
    }

    /// <summary>value = d · q.</summary>
    public static void Q8_0(ReadOnlySpan<byte> block, ref float to) =>
        Scale(Load32(block, 2).AsSByte(), Half(block), ref to);
}
