using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static PeftSharp.Tensors.Gguf.Blocks.Lanes;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>Blocks of 256 values −1, 0 or 1 times a scale, which comes last.</summary>
internal static class TernaryBlocks
{
    /// <summary>Five values in a byte: its fraction of 256, times 3 again and again, has them as whole parts. 32 bytes, then 16, then 4 with four values each.</summary>
    public static void TQ1_0(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block, 52);
        int next = 0;
        foreach ((int start, int count, int values) in (ReadOnlySpan<(int, int, int)>)[(0, 32, 5), (32, 16, 5), (48, 4, 4)])
        {
            int power = 1;
            for (int n = 0; n < values; n++, power *= 3)
                for (int i = 0; i < count; i++)
                    Unsafe.Add(ref to, next++) = d * (((byte)(block[start + i] * power) * 3 >> 8) - 1);
        }
    }

    /// <summary>Two bits a value; four groups of 32 values share 32 bytes.</summary>
    public static void TQ2_0(ReadOnlySpan<byte> block, ref float to)
    {
        float d = Half(block, 64);
        for (int group = 0; group < 8; group++)
        {
            Vector256<byte> q = (Load32(block, 32 * (group / 4)) >>> (2 * (group % 4))) & Vector256.Create((byte)3);
            Scale(q.AsSByte() - Vector256<sbyte>.One, d, ref Unsafe.Add(ref to, 32 * group));
        }
    }
}
