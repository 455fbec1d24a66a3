using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static PeftSharp.Tensors.Gguf.Blocks.Lanes;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>Blocks whose 4-bit codes stand for the levels of a table.</summary>
internal static class TableBlocks
{
    private static Vector128<sbyte> Levels => Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /// <summary>Twice the values of a float with 1 sign, 2 exponent and 1 mantissa bit.</summary>
    private static Vector128<sbyte> MicroFloats => Vector128.Create((sbyte)0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>A scale and 32 codes.</summary>
    public static void IQ4_NL(ReadOnlySpan<byte> block, ref float to) =>
        Scale(LookUp(Levels, Load16(block, 2)), Half(block), ref to);

    /// <summary>A scale, high and low bits of eight 6-bit scales (less 32), 256 codes.</summary>
    public static void IQ4_XS(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block);
        int high = MemoryMarshal.Read<ushort>(block[2..]);
        for (int group = 0; group < 8; group++)
        {
            int scale = ((block[4 + group / 2] >> (4 * (group % 2))) & 15) | (((high >> (2 * group)) & 3) << 4);
            Scale(LookUp(Levels, Load16(block, 8 + 16 * group)), d * (scale - 32), ref Unsafe.Add(ref to, 32 * group));
        }
    }

    /// <summary>An exponent with a bias of 128 (127, and one for the doubled table), and 32 codes.</summary>
    public static void MXFP4(ReadOnlySpan<byte> block, ref float to)
    {
        uint exponent = block[0];
        float d = BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x00200000u << (int)exponent : (exponent - 1) << 23);
        Scale(LookUp(MicroFloats, Load16(block, 1)), d, ref to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> LookUp(Vector128<sbyte> table, Vector128<byte> packed) => Vector256.Create(
        Vector128.Shuffle(table, (packed & Vector128.Create((byte)15)).AsSByte()),
        Vector128.Shuffle(table, (packed >>> 4).AsSByte()));
}
