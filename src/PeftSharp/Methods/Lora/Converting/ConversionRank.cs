using System.Globalization;

namespace PeftSharp.Methods.Lora.Converting;

/// <summary>How large the ranks of a converted adapter are.</summary>
public readonly record struct ConversionRank
{
    private ConversionRank(int? fixedRank, double? energy) => (FixedRank, EnergyShare) = (fixedRank, energy);

    /// <summary>The rank of every module, or null.</summary>
    public int? FixedRank { get; }

    /// <summary>The share of the squared update that each module keeps, or null.</summary>
    public double? EnergyShare { get; }

    /// <summary>The same rank for every module (less where a weight is smaller).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public static ConversionRank Fixed(int rank) =>
        rank >= 1 ? new(rank, null) : throw new ArgumentOutOfRangeException(nameof(rank), rank, "A rank is at least 1.");

    /// <summary>For each module the smallest rank that keeps a share of the squares of the update's values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0 and at most 1.</exception>
    public static ConversionRank Energy(double share) =>
        share is > 0 and <= 1 ? new(null, share) : throw new ArgumentOutOfRangeException(nameof(share), share, "A share is above 0 and at most 1.");

    /// <summary>Reads <c>16</c> as a rank and <c>0.99</c> as a share, as peft's convert_to_lora takes them.</summary>
    /// <exception cref="PeftException">It is neither.</exception>
    public static ConversionRank Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank >= 1)
            return Fixed(rank);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1 && text.Contains('.', StringComparison.Ordinal))
            return Energy(share);
        throw new PeftException($"r: '{text}' is neither a rank (a whole number of at least 1) nor a share of the update to keep (such as 0.99).");
    }

    /// <summary>The rank for singular values in falling order.</summary>
    internal int Of(ReadOnlySpan<float> singular)
    {
        if (FixedRank is { } rank)
            return Math.Min(rank, singular.Length);
        double total = 0, sum = 0;
        foreach (float value in singular)
            total += (double)value * value;
        for (int i = 0; i < singular.Length; i++)
        {
            sum += (double)singular[i] * singular[i];
            if (sum >= EnergyShare!.Value * total)
                return i + 1;
        }
        return singular.Length;
    }
}
