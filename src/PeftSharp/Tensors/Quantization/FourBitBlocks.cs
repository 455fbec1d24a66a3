namespace PeftSharp.Tensors.Quantization;

/// <summary>The two 4-bit types of bitsandbytes.</summary>
internal enum FourBitType
{
    /// <summary>NormalFloat.</summary>
    Nf4,

    /// <summary>A float of 1 + 2 + 1 bits.</summary>
    Fp4,
}

/// <summary>
/// bitsandbytes' 4-bit layout: the matrix as one row of values, cut into blocks; q = nearest code of x / max|x|, two codes a
/// byte, the first in the upper half; x ≈ code[q] · max|x|.
/// </summary>
internal static class FourBitBlocks
{
    /// <summary>The usual number of values in a block.</summary>
    public const int DefaultBlock = 64;

    /// <summary>Quantises.</summary>
    /// <param name="values">The matrix, row after row.</param>
    /// <param name="type">Which codes.</param>
    /// <param name="block">Values in a block; the last may have fewer.</param>
    /// <param name="packed">Half as many bytes as values, rounded up.</param>
    /// <param name="absmax">One scale for each block.</param>
    public static void Quantize(ReadOnlySpan<float> values, FourBitType type, int block, Span<byte> packed, Span<float> absmax)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.Length, (values.Length + 1) / 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length, (values.Length + block - 1) / block);
        packed.Clear();
        for (int start = 0; start < values.Length; start += block)
        {
            ReadOnlySpan<float> part = values[start..Math.Min(start + block, values.Length)];
            float most = Blocks.AbsMax(part), inverse = most > 0 ? 1 / most : 0;
            absmax[start / block] = most;
            for (int i = 0; i < part.Length; i++)
                packed[(start + i) / 2] |= (byte)(Code(part[i] * inverse, type) << ((start + i) % 2 == 0 ? 4 : 0));
        }
        // An odd number of values is filled up with a 0.
        if (values.Length % 2 != 0)
            packed[^1] |= Code(0, type);
    }

    /// <summary>Gives the values back.</summary>
    /// <param name="packed">Two codes a byte.</param>
    /// <param name="absmax">One scale for each block.</param>
    /// <param name="type">Which codes.</param>
    /// <param name="block">Values in a block.</param>
    /// <param name="values">As many as were quantised.</param>
    public static void Dequantize(ReadOnlySpan<byte> packed, ReadOnlySpan<float> absmax, FourBitType type, int block, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.Length, (values.Length + 1) / 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length, (values.Length + block - 1) / block);
        ReadOnlySpan<float> codes = type == FourBitType.Nf4 ? Codebook.Nf4 : Codebook.Fp4;
        for (int i = 0; i < values.Length; i++)
            values[i] = codes[i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15] * absmax[i / block];
    }

    private static byte Code(float scaled, FourBitType type)
    {
        if (type == FourBitType.Nf4)
            return (byte)Codebook.Nearest(Codebook.Nf4, scaled);
        // Both codes of 0 are used: bitsandbytes gives the one with the minus to what is a little more than 0.
        float magnitude = Math.Abs(scaled);
        int nearest = 0;
        for (int code = 1; code < 8; code++)
            if (Math.Abs(Codebook.Fp4[code] - magnitude) < Math.Abs(Codebook.Fp4[nearest] - magnitude))
                nearest = code;
        return (byte)(nearest | ((nearest == 0 ? scaled > 0 : scaled < 0) ? 8 : 0));
    }
}
