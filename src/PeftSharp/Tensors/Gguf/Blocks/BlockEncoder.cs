using System.Runtime.InteropServices;

namespace PeftSharp.Tensors.Gguf.Blocks;

/// <summary>Float32 values to the blocks of a GGUF tensor, byte for byte as gguf-py quantises them.</summary>
internal static class BlockEncoder
{
    /// <summary>True for the types that <see cref="Encode"/> knows.</summary>
    public static bool Knows(GgmlType type) =>
        type is GgmlType.F32 or GgmlType.F16 or GgmlType.BF16 or GgmlType.Q8_0 or GgmlType.Q4_0 or GgmlType.Q4_1;

    /// <summary>Encodes values that make whole blocks.</summary>
    /// <returns>False where a finite value would become infinite or a value to be packed is not finite; the bytes are then worthless.</returns>
    /// <exception cref="NotSupportedException">There is no encoder for the type.</exception>
    public static bool Encode(GgmlType type, ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int size = type.BlockBytes(), per = type.BlockSize(), count = values.Length / per;
        if (count * per != values.Length || blocks.Length != count * size)
            throw new ArgumentException($"{values.Length} values do not make {blocks.Length} bytes of {type}.", nameof(values));
        switch (type)
        {
            case GgmlType.F32:
                MemoryMarshal.AsBytes(values).CopyTo(blocks);
                return true;
            case GgmlType.F16:
                Halves.FromSingle(values, MemoryMarshal.Cast<byte, Half>(blocks));
                return Holds(values, MemoryMarshal.Cast<byte, Half>(blocks));
            case GgmlType.BF16:
                Halves.ToBFloat16(values, MemoryMarshal.Cast<byte, ushort>(blocks));
                return Holds(values, MemoryMarshal.Cast<byte, ushort>(blocks));
        }
        bool holds = true;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> from = values.Slice(i * per, per);
            Span<byte> to = blocks.Slice(i * size, size);
            holds &= type switch
            {
                GgmlType.Q8_0 => Q8_0(from, to),
                GgmlType.Q4_0 => Q4_0(from, to),
                GgmlType.Q4_1 => Q4_1(from, to),
                _ => throw new NotSupportedException($"Tensors of type {type} cannot be written."),
            };
        }
        return holds;
    }

    /// <summary>d = max|x| / 127; q = x / d, halves away from zero.</summary>
    private static bool Q8_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        float largest = 0;
        foreach (float value in values)
            largest = MathF.Max(largest, MathF.Abs(value));
        float d = largest / 127, inverse = Inverse(d);
        for (int i = 0; i < values.Length; i++)
            block[2 + i] = (byte)(sbyte)Math.Clamp(MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero), -127, 127);
        return WriteHalf(d, block);
    }

    /// <summary>d = (the x of largest size) / −8; q = x / d + 8.5, cut off. The reference takes one rounding for product and sum.</summary>
    private static bool Q4_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        float largest = 0, signed = 0;
        foreach (float value in values)
        {
            if (MathF.Abs(value) > largest || float.IsNaN(value))
                (largest, signed) = (MathF.Abs(value), value);
        }
        float d = signed / -8;
        double inverse = Inverse(d);
        for (int i = 0; i < 16; i++)
            block[2 + i] = (byte)(Code(values[i]) | (Code(values[16 + i]) << 4));
        return WriteHalf(d, block);

        int Code(float value) => (int)Math.Clamp((float)(value * inverse + 8.5), 0, 15);
    }

    /// <summary>m = min x, d = (max x − m) / 15; q = (x − m) / d + 0.5, cut off.</summary>
    private static bool Q4_1(ReadOnlySpan<float> values, Span<byte> block)
    {
        float least = values[0], most = values[0];
        foreach (float value in values)
        {
            least = MathF.Min(least, value);
            most = MathF.Max(most, value);
        }
        float d = (most - least) / 15, inverse = Inverse(d);
        for (int i = 0; i < 16; i++)
            block[4 + i] = (byte)(Code(values[i]) | (Code(values[16 + i]) << 4));
        return WriteHalf(d, block) & WriteHalf(least, block[2..]);

        int Code(float value) => (int)Math.Clamp((value - least) * inverse + 0.5f, 0, 15);
    }

    /// <summary>0 for 0, and for a number so small that its inverse is infinite.</summary>
    private static float Inverse(float d) => float.IsFinite(1 / d) ? 1 / d : 0;

    private static bool WriteHalf(float value, Span<byte> to)
    {
        Half half = (Half)value;
        MemoryMarshal.Write(to, half);
        return Half.IsFinite(half);
    }

    private static bool Holds(ReadOnlySpan<float> values, ReadOnlySpan<Half> halves)
    {
        for (int i = 0; i < values.Length; i++)
            if (!Half.IsFinite(halves[i]) && float.IsFinite(values[i]))
                return false;
        return true;
    }

    private static bool Holds(ReadOnlySpan<float> values, ReadOnlySpan<ushort> halves)
    {
        for (int i = 0; i < values.Length; i++)
            if ((halves[i] & 0x7F80) == 0x7F80 && float.IsFinite(values[i]))
                return false;
        return true;
    }
}
