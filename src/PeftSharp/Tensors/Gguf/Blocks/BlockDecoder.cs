using System.Runtime.InteropServices;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>Blocks of a GGUF tensor to float32, value for value as gguf-py and ggml's reference give them.</summary>
internal static class BlockDecoder
{
    private delegate void Decoder(ReadOnlySpan<byte> block, ref float to);

    /// <summary>True for the types that <see cref="Decode"/> knows.</summary>
    public static bool Knows(GgmlType type) => type is
        GgmlType.F32 or GgmlType.F16 or GgmlType.BF16
        or GgmlType.Q4_0 or GgmlType.Q4_1 or GgmlType.Q5_0 or GgmlType.Q5_1 or GgmlType.Q8_0
        or GgmlType.Q2_K or GgmlType.Q3_K or GgmlType.Q4_K or GgmlType.Q5_K or GgmlType.Q6_K
        or GgmlType.IQ4_NL or GgmlType.IQ4_XS or GgmlType.MXFP4 or GgmlType.TQ1_0 or GgmlType.TQ2_0;

    /// <summary>Decodes whole blocks.</summary>
    /// <param name="type">A type that <see cref="Knows"/>.</param>
    /// <param name="blocks">The bytes of the blocks.</param>
    /// <param name="values">As many values as the blocks hold.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    /// <exception cref="NotSupportedException">There is no decoder for the type.</exception>
    public static void Decode(GgmlType type, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int size = type.BlockBytes(), count = blocks.Length / size;
        if (count * size != blocks.Length || values.Length != (long)count * type.BlockSize())
            throw new ArgumentException($"{blocks.Length} bytes of {type} do not make {values.Length} values.", nameof(blocks));
        // Each call has a method of its own in view, so that the loop is compiled for it.
        switch (type)
        {
            case GgmlType.F32: MemoryMarshal.Cast<byte, float>(blocks).CopyTo(values); break;
            case GgmlType.F16: Halves.ToSingle(MemoryMarshal.Cast<byte, Half>(blocks), values); break;
            case GgmlType.BF16: Halves.FromBFloat16(MemoryMarshal.Cast<byte, ushort>(blocks), values); break;
            case GgmlType.Q4_0: for (int i = 0; i < count; i++) SmallBlocks.Q4_0(blocks.Slice(i * 18, 18), ref values[i * 32]); break;
            case GgmlType.Q4_1: for (int i = 0; i < count; i++) SmallBlocks.Q4_1(blocks.Slice(i * 20, 20), ref values[i * 32]); break;
            case GgmlType.Q5_0: for (int i = 0; i < count; i++) SmallBlocks.Q5_0(blocks.Slice(i * 22, 22), ref values[i * 32]); break;
            case GgmlType.Q5_1: for (int i = 0; i < count; i++) SmallBlocks.Q5_1(blocks.Slice(i * 24, 24), ref values[i * 32]); break;
            case GgmlType.Q8_0: for (int i = 0; i < count; i++) SmallBlocks.Q8_0(blocks.Slice(i * 34, 34), ref values[i * 32]); break;
            case GgmlType.IQ4_NL: for (int i = 0; i < count; i++) TableBlocks.IQ4_NL(blocks.Slice(i * 18, 18), ref values[i * 32]); break;
            case GgmlType.MXFP4: for (int i = 0; i < count; i++) TableBlocks.MXFP4(blocks.Slice(i * 17, 17), ref values[i * 32]); break;
            default: EachOf256(type, SuperDecoder(type), blocks, values); break;
        }
    }

    private static void EachOf256(GgmlType type, Decoder decode, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int size = type.BlockBytes();
        for (int from = 0, to = 0; from < blocks.Length; from += size, to += 256)
            decode(blocks.Slice(from, size), ref values[to]);
    }

    private static Decoder SuperDecoder(GgmlType type) => type switch
    {
        GgmlType.Q2_K => SuperBlocks.Q2_K,
        GgmlType.Q3_K => SuperBlocks.Q3_K,
        GgmlType.Q4_K => SuperBlocks.Q4_K,
        GgmlType.Q5_K => SuperBlocks.Q5_K,
        GgmlType.Q6_K => SuperBlocks.Q6_K,
        GgmlType.IQ4_XS => TableBlocks.IQ4_XS,
        GgmlType.TQ1_0 => TernaryBlocks.TQ1_0,
        GgmlType.TQ2_0 => TernaryBlocks.TQ2_0,
        _ => throw new NotSupportedException($"Tensors of type {type} cannot be decoded."),
    };
}
