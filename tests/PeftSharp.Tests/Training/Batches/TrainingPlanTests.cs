using PeftSharp.Data;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

public sealed class TrainingPlanTests
{
    [Theory]
    [InlineData(10, 4, 1, false, 3, 9)]
    [InlineData(10, 4, 1, true, 2, 6)]
    [InlineData(10, 4, 2, false, 2, 6)]
    [InlineData(10, 4, 3, false, 1, 3)]
    [InlineData(10, 4, 100, false, 1, 3)]
    [InlineData(3, 8, 1, false, 1, 3)]
    [InlineData(3, 8, 1, true, 0, 0)]
    [InlineData(17, 4, 2, true, 2, 6)]
    public void Steps_OfBatches_AreAsTransformersCounts(int examples, int batch, int accumulation, bool drop, int perEpoch, long total)
    {
        TrainingPlan plan = Plan(examples, batch, accumulation, drop);
        Assert.Equal(perEpoch, plan.StepsPerEpoch);
        Assert.Equal(total, plan.TotalSteps);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Batches_OfAnEpoch_VisitEveryRowOnceInMicroBatches(bool group, bool drop)
    {
        TrainingPlan plan = Plan(21, 4, 2, drop, group);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            int[][] parts = [.. Enumerable.Range(0, plan.StepsPerEpoch).SelectMany(step => plan[epoch * plan.StepsPerEpoch + step])];
            Assert.All(parts[..^1], part => Assert.Equal(4, part.Length));
            Assert.Equal(drop ? 4 : 1, parts[^1].Length);
            int[] rows = [.. parts.SelectMany(part => part)];
            Assert.Equal(drop ? 20 : 21, rows.Length);
            Assert.Equal(rows.Length, rows.Distinct().Count());
        }
    }

    [Fact]
    public void Batches_WithAccumulation_AreTheSlicesOfTheLargeBatch()
    {
        TrainingPlan large = Plan(40, 16, 1, false), small = Plan(40, 4, 4, false);
        for (int step = 0; step < large.StepsPerEpoch * 2; step++)
            Assert.Equal(large[step].Single(), small[step].SelectMany(part => part));
    }

    [Fact]
    public void Batches_AskedForOutOfOrder_AreTheSame()
    {
        TrainingPlan inOrder = Plan(10, 4, 1, false), later = Plan(10, 4, 1, false);
        int[][][] all = [.. Enumerable.Range(0, 9).Select(step => inOrder[step].ToArray())];
        Assert.Equal(all[7], later[7]);
        Assert.Equal(all[2], later[2]);
        Assert.NotEqual(all[0], all[3]);
    }

    [Fact]
    public void TotalSteps_FractionOfAnEpoch_IsRoundedUp() =>
        Assert.Equal(5, new TrainingPlan(Examples(10), new() { Batches = new() { TrainSize = 4 }, Duration = new() { Epochs = 1.5 } }).TotalSteps);

    private static TrainingPlan Plan(int examples, int batch, int accumulation, bool drop, bool group = false) =>
        new(Examples(examples), new() { Batches = new() { TrainSize = batch, Accumulation = accumulation, DropLast = drop, GroupByLength = group } });

    private static EncodedExample[] Examples(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new EncodedExample(new int[1 + i % 7]))];
}
