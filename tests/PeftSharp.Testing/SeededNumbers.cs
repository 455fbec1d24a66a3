namespace PeftSharp.Testing;

/// <summary>
/// Every random input of the tests: a seed, and .NET's generator of that seed, whose numbers are the same in every run, on every
/// processor and with every libtorch.
/// </summary>
public sealed class SeededNumbers(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Normal values with mean 0 and deviation 1.</summary>
    public float[] Normal(long count) => Fill(count, () =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble())));

    /// <summary>Values in [0, 1).</summary>
    public float[] Uniform(long count) => Fill(count, _random.NextSingle);

    /// <summary>Whole numbers from <paramref name="first"/> on, below <paramref name="end"/>.</summary>
    public long[] Integers(long count, long first, long end) => Fill(count, () => _random.NextInt64(first, end));

    private static T[] Fill<T>(long count, Func<T> next)
    {
        T[] values = new T[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = next();
        return values;
    }
}
