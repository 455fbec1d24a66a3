namespace PeftSharp.Tensors.Quantization;

/// <summary>
/// bitsandbytes' dynamic 8-bit layout: blocks of values, q = nearest dynamic code of x / max|x|, x ≈ code[q] · max|x|.
/// </summary>
internal static class DynamicBlocks
{
    /// <summary>The usual number of values in a block.</summary>
    public const int DefaultBlock = 256;

    // bitsandbytes looks the code up in a table over 65,536 steps from -1 to 1: which code a value near the middle of two
    // gets depends on that step, so it is done here too.
    private const int Steps = 65535;
    private static readonly byte[] _nearest =
        [.. Enumerable.Range(0, Steps + 1).Select(step => (byte)Codebook.Nearest(Codebook.Dynamic, step / (double)Steps * 2 - 1))];

    /// <summary>Quantises.</summary>
    /// <param name="values">The matrix, row after row.</param>
    /// <param name="block">Values in a block; the last may have fewer.</param>
    /// <param name="codes">One for each value.</param>
    /// <param name="absmax">One scale for each block.</param>
    public static void Quantize(ReadOnlySpan<float> values, int block, Span<byte> codes, Span<float> absmax)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, values.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length, (values.Length + block - 1) / block);
        for (int start = 0; start < values.Length; start += block)
        {
            int end = Math.Min(start + block, values.Length);
            float most = absmax[start / block] = Blocks.AbsMax(values[start..end]), inverse = 1 / most;
            for (int i = start; i < end; i++)
                codes[i] = most > 0 ? Code(values[i] * inverse) : (byte)0;
        }
    }

    /// <summary>Gives the values back.</summary>
    public static void Dequantize(ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax, int block, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, values.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length, (values.Length + block - 1) / block);
        for (int i = 0; i < values.Length; i++)
            values[i] = Codebook.Dynamic[codes[i]] * absmax[i / block];
    }

    private static byte Code(float scaled) => _nearest[(int)MathF.Floor((Math.Clamp(scaled, -1, 1) + 1) * (Steps / 2f) + 0.5f)];
}
