using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Batching;

public sealed class SampleOrderTests
{
    private static readonly Gen<int[]> Lengths = Gen.Int[1, 40].Array[0, 300];

    [Fact]
    public void Shuffled_SeedAndEpoch_GivesTheSameOrderForEver()
    {
        // From a separate implementation of the documented generator: a changed order would break every resumed run.
        Assert.Equal([5, 1, 9, 6, 7, 2, 4, 0, 8, 3], SampleOrder.Shuffled(10, seed: 42, epoch: 0));
        Assert.Equal([7, 3, 1, 8, 2, 5, 9, 4, 6, 0], SampleOrder.Shuffled(10, seed: 42, epoch: 1));
    }

    [Fact]
    public void Shuffled_AnySeedAndEpoch_IsAPermutation() =>
        Gen.Select(Gen.Int[0, 300], Gen.ULong, Gen.Int[0, 1000]).SampleSeeded((count, seed, epoch) =>
        {
            int[] order = SampleOrder.Shuffled(count, seed, epoch);
            Assert.Equal(SampleOrder.Sequential(count), order.Order());
            Assert.Equal(order, SampleOrder.Shuffled(count, seed, epoch));
            if (count >= 30)
            {
                Assert.NotEqual(order, SampleOrder.Shuffled(count, seed, epoch + 1));
                Assert.NotEqual(order, SampleOrder.Shuffled(count, seed + 1, epoch));
            }
        });

    [Fact]
    public void LengthGrouped_AnyLengths_IsAPermutationSortedInStretchesWithTheLongestFirst() =>
        Gen.Select(Lengths, Gen.Int[1, 9], Gen.ULong, Gen.Int[0, 5]).SampleSeeded((lengths, batchSize, seed, epoch) =>
        {
            int[] order = SampleOrder.LengthGrouped(lengths, batchSize, seed, epoch);
            Assert.Equal(SampleOrder.Sequential(lengths.Length), order.Order());
            if (lengths.Length == 0)
                return;
            Assert.Equal(lengths.Max(), lengths[order[0]]);
            int stretch = batchSize * Math.Clamp(lengths.Length / (4 * batchSize), 1, 50);
            for (int i = 1; i < order.Length; i++)
                // The longest of all changed places with the first of its own stretch.
                Assert.True(i % stretch <= 1 || lengths[order[i]] <= lengths[order[i - 1]]);
        });

    [Fact]
    public void LengthGrouped_ManyRows_PadsFarLessThanShuffled()
    {
        CounterRandom random = new(1, 1);
        int[] lengths = [.. Enumerable.Range(0, 5000).Select(_ => 1 + random.Below(100))];
        int Padded(int[] order) => order.Chunk(16).Sum(batch => batch.Max(i => lengths[i]) * batch.Length) - lengths.Sum();
        Assert.True(Padded(SampleOrder.LengthGrouped(lengths, 16, 3, 0)) * 10 < Padded(SampleOrder.Shuffled(5000, 3, 0)));
    }
}
