using System.Diagnostics;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Tensors.Gguf.Blocks;

namespace PeftSharp.Benchmarks;

/// <summary>How fast blocks of a GGUF file become float32 on one core, and the other way: GB of float32 a second.</summary>
internal static class GgufRate
{
    private const int Values = 1 << 20;

    public static void Run()
    {
        float[] values = new float[Values];
        Random random = new(5);
        for (int i = 0; i < Values; i++)
            values[i] = random.NextSingle() - 0.5f;
        foreach (GgmlType type in Enum.GetValues<GgmlType>().Where(BlockDecoder.Knows))
        {
            byte[] blocks = new byte[type.BytesOf(Values)];
            if (BlockEncoder.Knows(type))
                BlockEncoder.Encode(type, values, blocks);
            else
                Array.Fill(blocks, (byte)0x2A);
            float[] decoded = new float[Values];
            double decode = Best(() => BlockDecoder.Decode(type, blocks, decoded));
            string encode = BlockEncoder.Knows(type) ? $"{Best(() => BlockEncoder.Encode(type, values, blocks)),8:f2}" : "       -";
            Console.WriteLine($"{type,-8} decode {decode,6:f2}  encode {encode} GB/s of float32");
        }
    }

    private static double Best(Action work)
    {
        const int Repeats = 8;
        double best = 0;
        for (int run = 0; run < 12; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Repeats; i++)
                work();
            best = Math.Max(best, Repeats * 4.0 * Values / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }
}
