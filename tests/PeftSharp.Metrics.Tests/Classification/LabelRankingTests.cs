namespace PeftSharp.Metrics.Tests.Classification;

public sealed class LabelRankingTests
{
    // The toy cases of scikit-learn's own tests of label_ranking_average_precision_score, and that of its user guide.
    [Theory]
    [InlineData(new[] { 0, 1 }, new[] { 0.25f, 0.75f }, 1)]
    [InlineData(new[] { 0, 1 }, new[] { 0.75f, 0.25f }, 1 / 2.0)]
    [InlineData(new[] { 0, 1 }, new[] { 0.5f, 0.5f }, 1 / 2.0)]
    [InlineData(new[] { 1, 1 }, new[] { 0.5f, 0.75f }, 1)]
    [InlineData(new[] { 0, 0 }, new[] { 0.5f, 0.75f }, 1)]
    [InlineData(new[] { 0, 0, 1 }, new[] { 0.25f, 0.5f, 0.75f }, 1)]
    [InlineData(new[] { 0, 1, 0 }, new[] { 0.25f, 0.5f, 0.75f }, 1 / 2.0)]
    [InlineData(new[] { 1, 0, 0 }, new[] { 0.25f, 0.5f, 0.75f }, 1 / 3.0)]
    [InlineData(new[] { 1, 0, 1 }, new[] { 0.25f, 0.5f, 0.75f }, (2 / 3.0 + 1) / 2)]
    [InlineData(new[] { 1, 1, 0 }, new[] { 0.25f, 0.5f, 0.75f }, (2 / 3.0 + 1 / 2.0) / 2)]
    [InlineData(new[] { 0, 1, 1 }, new[] { 0.5f, 0.5f, 0.5f }, 2 / 3.0)]
    [InlineData(new[] { 1, 0, 1 }, new[] { 0.5f, 0.5f, 0.5f }, 2 / 3.0)]
    [InlineData(new[] { 0, 1, 0 }, new[] { 0.5f, 0.5f, 0.25f }, 1 / 2.0)]
    public void AveragePrecision_ToyCases_AreScikitLearns(int[] actual, float[] scores, double expected) =>
        Golden.Close(expected, Of((actual, scores)).AveragePrecision, "lrap");

    [Fact]
    public void AveragePrecision_SeveralExamples_IsTheirMean()
    {
        LabelRanking ranking = Of(([1, 0, 0], [0.75f, 0.5f, 1]), ([0, 0, 1], [1, 0.2f, 0.1f]));
        Golden.Close(0.41666666666666663, ranking.AveragePrecision, "lrap");
        Assert.Equal(2, ranking.Total);
    }

    [Fact]
    public void Add_BadScores_Throws()
    {
        Assert.Throws<ArgumentException>(() => new LabelRanking().Add([1], [true, false]));
        Assert.Throws<ArgumentException>(() => new LabelRanking().Add([float.NaN], [true]));
    }

    private static LabelRanking Of(params (int[] Actual, float[] Scores)[] examples)
    {
        LabelRanking ranking = new();
        foreach ((int[] actual, float[] scores) in examples)
            ranking.Add(scores, Array.ConvertAll(actual, one => one == 1));
        return ranking;
    }
}
