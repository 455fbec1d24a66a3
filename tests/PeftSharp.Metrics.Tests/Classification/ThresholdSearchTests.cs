using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests.Classification;

public sealed class ThresholdSearchTests
{
    [Fact]
    public void BestF1_ScoresThatAreAllLow_FindsTheGapBelowThePositives() =>
        Assert.Equal(0.2, ThresholdSearch.BestF1([0.3f, 0.05f, 0.25f, 0.15f], [true, false, true, false]), 6);

    [Fact]
    public void BestF1_NoPositive_KeepsTheUsual() => Assert.Equal(0.5, ThresholdSearch.BestF1([0.9f, 0.1f], [false, false]));

    [Fact]
    public void BestF1_UsualIsAsGood_KeepsIt() => Assert.Equal(0.5, ThresholdSearch.BestF1([0.9f, 0.2f], [true, false]));

    [Fact]
    public void BestF1_AnyScores_NoOtherThresholdIsBetter() =>
        Gen.Select(Gen.Int[0, 10].Select(i => i / 10f), Gen.Bool).Array[1, 30].SampleSeeded(cases =>
        {
            float[] scores = [.. cases.Select(one => one.Item1)];
            bool[] positive = [.. cases.Select(one => one.Item2)];
            double best = F1(ThresholdSearch.BestF1(scores, positive));
            Assert.All(Enumerable.Range(0, 42), i => Assert.True(F1(i / 40.0 + 0.001) <= best + 1e-12));

            double F1(double threshold)
            {
                BinaryCounts counts = new(Count((said, right) => said && right), Count((said, right) => said && !right), Count((said, right) => !said && right));
                return counts.Scores().F1;

                long Count(Func<bool, bool, bool> which) => cases.Count(one => which(one.Item1 >= threshold, one.Item2));
            }
        });
}
