namespace PeftSharp.Data;

/// <summary>
/// Random numbers as a pure function of (seed, stream, position), the same on every machine and every version: SplitMix64
/// (Steele, Lea and Flood 2014) read as a counter. Number i of a stream is mix(key + (i + 1)·γ) with
/// γ = 0x9E3779B97F4A7C15, key = mix(mix(seed + γ) + (stream + 1)·γ), and
/// mix(z): z ^= z ≫ 30; z *= 0xBF58476D1CE4E5B9; z ^= z ≫ 27; z *= 0x94D049BB133111EB; z ^= z ≫ 31.
/// </summary>
/// <param name="seed">The user's seed.</param>
/// <param name="stream">Numbers of different streams are independent; an epoch, for instance.</param>
public struct CounterRandom(ulong seed, ulong stream)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private readonly ulong _key = Mix(Mix(seed + Gamma) + (stream + 1) * Gamma);

    /// <summary>How many numbers have been drawn; set it to go back or ahead.</summary>
    public ulong Position { get; set; }

    /// <summary>64 uniform bits.</summary>
    public ulong Next() => Mix(_key + ++Position * Gamma);

    /// <summary>A uniform integer in [0, bound), without bias: Lemire's multiplication, redrawing the few values that would favour some results (2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong threshold = (0 - (ulong)bound) % (ulong)bound;
        while (true)
        {
            ulong high = Math.BigMul(Next(), (ulong)bound, out ulong low);
            if (low >= threshold)
                return (int)high;
        }
    }

    /// <summary>A uniform double in [0, 1) from the top 53 bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Puts the items in random order: Fisher and Yates, from the last place down.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
