namespace PeftSharp.Models.Rope;

/// <summary>The rules by which rotary positions are stretched (<c>rope_type</c>), with every setting and default of transformers' modeling_rope_utils.py.</summary>
internal static class RopeTypes
{
    private static readonly Dictionary<string, Func<RopeParameters, int, RopeFrequencies>> _byName = new(StringComparer.Ordinal)
    {
        ["default"] = (rope, width) => new(Powers(rope.Theta, width), rope.MaxPositions),
        ["linear"] = Linear,
        ["dynamic"] = Dynamic,
        ["yarn"] = Yarn,
        ["longrope"] = LongRope,
        ["llama3"] = Llama3,
    };

    /// <summary>The frequencies of a config.</summary>
    /// <param name="rope">Its settings.</param>
    /// <param name="headWidth">The rows of a head.</param>
    /// <exception cref="PeftException">The type is not known, or a setting cannot be used.</exception>
    public static RopeFrequencies Of(RopeParameters rope, int headWidth)
    {
        int width = rope.Turned(headWidth);
        if (width % 2 != 0)
            throw new PeftException($"{rope.Source}: rotary positions need an even number of rows a head, not {width}.");
        return _byName.TryGetValue(rope.Type, out var rule)
            ? rule(rope, width)
            : throw new PeftException($"{rope.Source}: rope_type '{rope.Type}' is not supported; it is one of {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>θ^(−2i / width).</summary>
    private static float[] Powers(double theta, int width) =>
        [.. Enumerable.Range(0, width / 2).Select(i => 1f / MathF.Pow((float)theta, 2f * i / width))];

    /// <summary>Every position divided by the factor (kaiokendev 2023).</summary>
    private static RopeFrequencies Linear(RopeParameters rope, int width)
    {
        double factor = rope.Factor();
        return new([.. Powers(rope.Theta, width).Select(frequency => frequency / (float)factor)], Stretched(rope, rope.MaxPositions, factor));
    }

    /// <summary>
    /// "Dynamic NTK": as trained up to <c>max_position_embeddings</c>; in a sequence of n positions more, with
    /// θ · (factor · n / max − (factor − 1))^(width / (width − 2)).
    /// </summary>
    private static RopeFrequencies Dynamic(RopeParameters rope, int width)
    {
        if (width <= 2)
            throw new PeftException($"{rope.Source}: rope_type dynamic needs more than 2 rows a head.");
        double factor = rope.Factor(), trained = rope.MaxPositions;
        return new(Powers(rope.Theta, width), Stretched(rope, rope.MaxPositions, factor))
        {
            Original = rope.MaxPositions,
            Longer = length => Powers(rope.Theta * Math.Pow(factor * length / trained - (factor - 1), width / (width - 2.0)), width),
        };
    }

    /// <summary>YaRN (Peng et al. 2023, arXiv:2309.00071): short waves as they are, long ones divided by the factor, a ramp between.</summary>
    private static RopeFrequencies Yarn(RopeParameters rope, int width)
    {
        int original = rope.OriginalPositions;
        double factor = rope.Factor((double)rope.MaxPositions / original);
        double attention = rope.Has("attention_factor") ? rope.Number("attention_factor")
            : rope.Optional("mscale") is { } own && rope.Optional("mscale_all_dim") is { } all ? Magnitude(factor, own) / Magnitude(factor, all)
            : Magnitude(factor, 1);
        double low = Dimension(rope.Optional("beta_fast") ?? 32), high = Dimension(rope.Optional("beta_slow") ?? 1);
        if (rope.Flag("truncate", true))
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, width - 1));
        float from = (float)low, span = (float)(low == high ? 0.001 : high - low);
        float[] frequencies = Powers(rope.Theta, width);
        for (int i = 0; i < frequencies.Length; i++)
        {
            float kept = 1 - Math.Clamp((i - from) / span, 0, 1);
            frequencies[i] = frequencies[i] / (float)factor * (1 - kept) + frequencies[i] * kept;
        }
        return new(frequencies, Stretched(rope, original, factor)) { AttentionFactor = attention };

        // The pair of rows that turns so often over the original positions.
        double Dimension(double turns) => width * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(rope.Theta));
    }

    private static double Magnitude(double scale, double weight) => scale <= 1 ? 1 : 0.1 * weight * Math.Log(scale) + 1;

    /// <summary>LongRoPE (Ding et al. 2024, arXiv:2402.13753): a divisor for each pair of rows, others beyond the original positions.</summary>
    private static RopeFrequencies LongRope(RopeParameters rope, int width)
    {
        int original = rope.OriginalPositions;
        double factor = rope.Factor((double)rope.MaxPositions / original);
        float[] far = Divided("long_factor");
        return new(Divided("short_factor"), rope.MaxPositions)
        {
            AttentionFactor = rope.Has("attention_factor") ? rope.Number("attention_factor")
                : factor <= 1 ? 1
                : Math.Sqrt(1 + Math.Log(factor) / Math.Log(original)),
            Original = original,
            Longer = _ => far,
        };

        float[] Divided(string key) => [.. Powers(rope.Theta, width).Zip(rope.List(key, width / 2), (frequency, divisor) => frequency / (float)divisor)];
    }

    /// <summary>LLaMA 3.1: long waves are stretched by the factor, short ones kept, those between blended.</summary>
    private static RopeFrequencies Llama3(RopeParameters rope, int width)
    {
        float factor = (float)rope.Factor(), low = (float)rope.Number("low_freq_factor"), high = (float)rope.Number("high_freq_factor");
        float original = rope.OriginalPositions;
        float[] frequencies = Powers(rope.Theta, width);
        for (int i = 0; i < frequencies.Length; i++)
        {
            float wave = 2 * MathF.PI / frequencies[i];
            if (wave > original / low)
            {
                frequencies[i] /= factor;
            }
            else if (wave >= original / high)
            {
                float smooth = (original / wave - low) / (high - low);
                frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
            }
        }
        return new(frequencies, rope.MaxPositions);
    }

    /// <summary>Publishers write <c>max_position_embeddings</c> before or after stretching: the model takes the longer of both.</summary>
    private static int Stretched(RopeParameters rope, int original, double factor) =>
        (int)Math.Min(int.MaxValue, Math.Max(rope.MaxPositions, Math.Floor(original * factor)));
}
