using PeftSharp.Tensors.Floats;

namespace PeftSharp.Tensors.Quantization;

/// <summary>
/// LLM.int8(): each row of a half-precision matrix to whole numbers, q = round(x · 127 / max|x|), x ≈ q · max|x| / 127.
/// </summary>
/// <remarks>Dettmers et al., "LLM.int8()" (2022), arXiv:2208.07339.</remarks>
internal static class Int8Rows
{
    /// <summary>Quantises; the values are first rounded to half precision.</summary>
    /// <param name="values">Row after row.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="codes">One for each value.</param>
    /// <param name="absmax">One for each row.</param>
    /// <param name="threshold">Magnitudes from here on are outliers: they are left out of the row's scale, and their columns are 0 in the codes; 0 for none.</param>
    /// <returns>The columns with outliers, which are to be multiplied in float.</returns>
    public static IReadOnlyList<int> Quantize(ReadOnlySpan<float> values, int columns, Span<sbyte> codes, Span<float> absmax, float threshold = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, values.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length * columns, values.Length);
        SortedSet<int> outliers = [];
        float[] row = new float[columns];
        for (int r = 0; r < absmax.Length; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                row[c] = HalfBits.ToSingle(HalfBits.FromSingle(values[r * columns + c]));
                if (threshold > 0 && Math.Abs(row[c]) >= threshold)
                {
                    outliers.Add(c);
                    row[c] = 0;
                }
            }
            float most = absmax[r] = Blocks.AbsMax(row), scale = most > 0 ? 127 * (1 / most) : 0;
            for (int c = 0; c < columns; c++)
                codes[r * columns + c] = (sbyte)MathF.Round(row[c] * scale, MidpointRounding.ToEven);
        }
        foreach (int column in outliers)
            for (int r = 0; r < absmax.Length; r++)
                codes[r * columns + column] = 0;
        return [.. outliers];
    }

    /// <summary>Gives the values back.</summary>
    public static void Dequantize(ReadOnlySpan<sbyte> codes, int columns, ReadOnlySpan<float> absmax, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, values.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(absmax.Length * columns, values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] = codes[i] * absmax[i / columns] / 127;
    }
}
