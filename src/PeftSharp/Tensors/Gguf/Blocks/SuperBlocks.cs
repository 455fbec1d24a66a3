using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static PeftSharp.Tensors.Gguf.Blocks.Lanes;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>
/// Blocks of 256 values ("K quants"): groups of 16 or 32 have small integer scales s (and minima n) of their own, which
/// half-precision numbers d (and e) of the block scale: value = (d·s)·q − (e·n).
/// </summary>
internal static class SuperBlocks
{
    /// <summary>16 bytes of s and n (low and high half), 64 bytes of q, d, e. Four groups of 32 values share 32 bytes.</summary>
    public static void Q2_K(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block, 80), e = Half(block, 82);
        for (int group = 0; group < 16; group++)
        {
            int half = group / 8, shift = group % 8 / 2 * 2;
            Vector128<byte> q = (Load16(block, 16 + 32 * half + 16 * (group % 2)) >>> shift) & Vector128.Create((byte)3);
            int scale = block[group];
            ScaleAndShift(q, d * (scale & 15), -(e * (scale >> 4)), ref Unsafe.Add(ref to, 16 * group));
        }
    }

    /// <summary>32 bytes of high bits, 64 of low ones, 12 of 6-bit s (less 32), d. Without its high bit a q is 4 less.</summary>
    public static void Q3_K(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block, 108);
        ReadOnlySpan<byte> scales = block.Slice(96, 12);
        for (int group = 0; group < 16; group++)
        {
            int half = group / 8, part = group % 8 / 2, side = 16 * (group % 2);
            Vector128<byte> low = (Load16(block, 32 + 32 * half + side) >>> (2 * part)) & Vector128.Create((byte)3);
            Vector128<byte> high = (Load16(block, side) >>> (4 * half + part)) & Vector128.Create((byte)1);
            Vector128<sbyte> q = (low + (high << 2)).AsSByte() - Vector128.Create((sbyte)4);
            int scale = ((scales[group % 8] >> (group / 8 * 4)) & 15) | (((scales[8 + group % 4] >> (group / 4 * 2)) & 3) << 4);
            Scale(q, d * (scale - 32), ref Unsafe.Add(ref to, 16 * group));
        }
    }

    /// <summary>d, e, 12 bytes of 6-bit s and n, 128 bytes of q.</summary>
    public static void Q4_K(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block), e = Half(block, 2);
        ReadOnlySpan<byte> scales = block.Slice(4, 12);
        for (int group = 0; group < 8; group++)
        {
            Vector256<byte> q = (Load32(block, 16 + 32 * (group / 2)) >>> (4 * (group % 2))) & Vector256.Create((byte)15);
            (int s, int n) = SixBits(scales, group);
            ScaleAndShift(q, d * s, -(e * n), ref Unsafe.Add(ref to, 32 * group));
        }
    }

    /// <summary>d, e, 12 bytes of 6-bit s and n, 32 bytes of fifth bits, 128 bytes of the other four.</summary>
    public static void Q5_K(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block), e = Half(block, 2);
        ReadOnlySpan<byte> scales = block.Slice(4, 12);
        Vector256<byte> fifth = Load32(block, 16);
        for (int group = 0; group < 8; group++)
        {
            Vector256<byte> q = (Load32(block, 48 + 32 * (group / 2)) >>> (4 * (group % 2))) & Vector256.Create((byte)15);
            q |= ((fifth >>> group) & Vector256.Create((byte)1)) << 4;
            (int s, int n) = SixBits(scales, group);
            ScaleAndShift(q, d * s, -(e * n), ref Unsafe.Add(ref to, 32 * group));
        }
    }

    /// <summary>128 bytes of low halves, 64 of the two high bits, 16 signed s, d; value = (d·s)·(q − 32).</summary>
    public static void Q6_K(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block, 208);
        ReadOnlySpan<sbyte> scales = MemoryMarshal.Cast<byte, sbyte>(block.Slice(192, 16));
        for (int group = 0; group < 16; group++)
        {
            int half = group / 8, part = group % 8 / 2, side = 16 * (group % 2);
            Vector128<byte> low = (Load16(block, 64 * half + 32 * (part % 2) + side) >>> (4 * (part / 2))) & Vector128.Create((byte)15);
            Vector128<byte> high = (Load16(block, 128 + 32 * half + side) >>> (2 * part)) & Vector128.Create((byte)3);
            Vector128<sbyte> q = (low | (high << 4)).AsSByte() - Vector128.Create((sbyte)32);
            Scale(q, d * scales[group], ref Unsafe.Add(ref to, 16 * group));
        }
    }

    /// <summary>The 6-bit scale and minimum of a group: 4 of each in the low bits of 8 bytes, the other 4 spread over all 12.</summary>
    private static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> packed, int group)
    {
        if (group < 4)
            return (packed[group] & 63, packed[group + 4] & 63);
        int rest = packed[group + 4];
        return ((rest & 15) | (packed[group - 4] >> 2 & 48), (rest >> 4) | (packed[group] >> 2 & 48));
    }
}
