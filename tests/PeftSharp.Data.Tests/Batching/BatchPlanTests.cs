using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Batching;

public sealed class BatchPlanTests
{
    private static readonly Gen<int[]> Lengths = Gen.Int[1, 40].Array[0, 200];

    [Fact]
    public void ForTraining_AnyArguments_HasEveryExampleOnce() =>
        Gen.Select(Lengths, Gen.Int[1, 9], Gen.ULong, Gen.Int[0, 9], Gen.Bool, Gen.Bool).SampleSeeded((lengths, size, seed, epoch, grouped, drop) =>
        {
            BatchPlan plan = BatchPlan.ForTraining(lengths, size, seed, epoch, grouped, drop);
            int[] all = Flatten(plan);
            Assert.Equal(all.Length, all.Distinct().Count());
            Assert.Equal(drop ? lengths.Length / size * size : lengths.Length, all.Length);
            Assert.Equal(plan.ExampleCount, all.Length);
            Assert.All(all, i => Assert.InRange(i, 0, lengths.Length - 1));
            for (int b = 0; b < plan.Count; b++)
                Assert.True(plan[b].Length == size || (!drop && b == plan.Count - 1 && plan[b].Length > 0));
            Assert.Equal(all, Flatten(BatchPlan.ForTraining(lengths, size, seed, epoch, grouped, drop)));
        });

    [Fact]
    public void ForEvaluation_AnyLengths_IsSortedAndRestores() =>
        Gen.Select(Lengths, Gen.Int[1, 9]).SampleSeeded((lengths, size) =>
        {
            BatchPlan plan = BatchPlan.ForEvaluation(lengths, size);
            int[] order = Flatten(plan);
            Assert.Equal(SampleOrder.Sequential(lengths.Length), order.Order());
            Assert.True(order.Zip(order.Skip(1)).All(p => lengths[p.First] > lengths[p.Second] || (lengths[p.First] == lengths[p.Second] && p.First < p.Second)));
            Assert.Equal(lengths, plan.Restore([.. order.Select(i => lengths[i])]));
        });

    [Fact]
    public void Restore_WrongCountOrDroppedRows_Throws()
    {
        Assert.Throws<ArgumentException>(() => BatchPlan.Sequential(3, 2).Restore([1, 2]));
        BatchPlan dropped = BatchPlan.ForTraining([1, 9, 1, 1, 1, 1, 1], 3, 0, 0, groupByLength: true, dropLast: true);
        Assert.Equal(6, dropped.ExampleCount);
        if (Flatten(dropped).Contains(6))
            Assert.Throws<ArgumentException>(() => dropped.Restore(new int[6]));
    }

    [Fact]
    public void Indexer_BatchOutsideThePlan_Throws()
    {
        BatchPlan plan = BatchPlan.Sequential(3, 2);
        Assert.Equal(2, plan.Count);
        Assert.Equal([2], plan[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan[2].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan[-1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchPlan.Sequential(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchPlan.ForTraining([1], 0, 0, 0, groupByLength: true));
    }

    private static int[] Flatten(BatchPlan plan)
    {
        List<int> all = [];
        for (int b = 0; b < plan.Count; b++)
            all.AddRange(plan[b]);
        return [.. all];
    }
}
