using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Batching;

public sealed class CounterRandomTests
{
    [Fact]
    public void Next_SeedAndStream_GivesTheDocumentedNumbers()
    {
        // Worked out by hand from the equations of the documentation: a changed generator would break every resumed run.
        static ulong Mix(UInt128 z)
        {
            z &= ulong.MaxValue;
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & ulong.MaxValue;
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & ulong.MaxValue;
            return (ulong)(z ^ (z >> 31));
        }

        UInt128 gamma = 0x9E3779B97F4A7C15;
        ulong key = Mix(Mix(42 + gamma) + 4 * gamma);
        CounterRandom random = new(42, stream: 3);
        for (uint i = 1; i <= 5; i++)
            Assert.Equal(Mix(key + i * gamma), random.Next());
        random.Position = 1;
        Assert.Equal(Mix(key + 2 * gamma), random.Next());
    }

    [Fact]
    public void Below_AnyBound_IsInRangeAndEven()
    {
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[1, int.MaxValue]).SampleSeeded((seed, stream, bound) =>
        {
            CounterRandom random = new(seed, stream);
            Assert.InRange(random.Below(bound), 0, bound - 1);
            Assert.InRange(random.NextDouble(), 0, 1 - 1e-16);
        });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CounterRandom(1, 1).Below(0));

        CounterRandom even = new(7, 0);
        var counts = new int[6];
        for (int i = 0; i < 60_000; i++)
            counts[even.Below(6)]++;
        // Five standard deviations of a binomial count with p = 1/6.
        Assert.All(counts, c => Assert.InRange(c, 10_000 - 456, 10_000 + 456));
    }
}
