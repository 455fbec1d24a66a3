namespace PeftSharp.Tensors.Quantization;

/// <summary>The values that the codes of a block-wise quantisation stand for, as bitsandbytes has them.</summary>
/// <remarks>Dettmers et al., "QLoRA" (2023), arXiv:2305.14314, appendix E; "8-bit Optimizers" (2022), arXiv:2110.02861.</remarks>
internal static class Codebook
{
    private static readonly float[] _nf4 =
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    // Sign, two exponent bits, one mantissa bit; the codes do not rise with the values.
    private static readonly float[] _fp4 =
    [
        0f, 0.0052083333f, 2 / 3f, 1f, 1 / 3f, 0.5f, 1 / 6f, 0.25f,
        0f, -0.0052083333f, -2 / 3f, -1f, -1 / 3f, -0.5f, -1 / 6f, -0.25f,
    ];

    private static readonly float[] _dynamic = MakeDynamic();

    /// <summary>4-bit NormalFloat: 16 rising values, the quantiles of a normal distribution.</summary>
    public static ReadOnlySpan<float> Nf4 => _nf4;

    /// <summary>4-bit float: 8 magnitudes, then the same with a minus (of 0 too, which stays 0).</summary>
    public static ReadOnlySpan<float> Fp4 => _fp4;

    /// <summary>Dynamic 8-bit: 256 rising values; the exponent takes fewer bits the larger it is, and the fraction the rest.</summary>
    public static ReadOnlySpan<float> Dynamic => _dynamic;

    /// <summary>The index of the nearest value; of two as near, the smaller index.</summary>
    /// <param name="rising">Values in rising order.</param>
    /// <param name="value">Not NaN.</param>
    public static int Nearest(ReadOnlySpan<float> rising, double value)
    {
        int low = 0, high = rising.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (rising[middle] > value)
                high = middle;
            else
                low = middle;
        }
        return Math.Abs(rising[high] - value) < Math.Abs(value - rising[low]) ? high : low;
    }

    /// <summary>
    /// For each exponent e = 0 … 6 the means of neighbours among 2^e + 1 points from 0.1 to 1, times 10^(e - 6), with both
    /// signs; and 0 and 1.
    /// </summary>
    private static float[] MakeDynamic()
    {
        List<float> values = [0, 1];
        for (int exponent = 0; exponent < 7; exponent++)
        {
            int steps = 1 << exponent;
            // One rounding for each point, from the nearer end, as torch.linspace does it.
            float step = (1f - 0.1f) / steps, scale = (float)Math.Pow(10, exponent - 6);
            float Point(int i) => i < (steps + 1) / 2 ? (float)(0.1f + (double)step * i) : (float)(1 - (double)step * (steps - i));
            for (int i = 0; i < steps; i++)
            {
                float mean = (Point(i) + Point(i + 1)) / 2 * scale;
                values.AddRange([mean, -mean]);
            }
        }
        return [.. values.Order()];
    }
}
