using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests.Classification;

public sealed class BinaryRankingTests
{
    [Fact]
    public void RocAucAndAveragePrecision_GoldenCases_AreScikitLearns()
    {
        foreach (JsonElement golden in Golden.Load("classification.json").GetProperty("ranking_scores").EnumerateArray())
        {
            double[] scores = Golden.Numbers(golden.GetProperty("score"));
            bool[] positive = Golden.Flags(golden.GetProperty("y_true"));
            Golden.Close(golden.GetProperty("roc_auc"), BinaryRanking.RocAuc(scores, positive), "ROC AUC");
            Golden.Close(golden.GetProperty("average_precision"), BinaryRanking.AveragePrecision(scores, positive), "average precision");
        }
    }

    [Fact]
    public void RocAuc_AnyScores_IsTheShareOfPairsInOrder() =>
        Gen.Select(Gen.Int[0, 8], Gen.Bool).Array[0, 40].SampleSeeded(cases =>
        {
            double[] scores = [.. cases.Select(c => (double)c.Item1)];
            bool[] positive = [.. cases.Select(c => c.Item2)];
            double wins = 0, pairs = 0;
            foreach ((int above, bool p) in cases)
                foreach ((int below, bool q) in cases)
                    if (p && !q)
                        (wins, pairs) = (wins + (above > below ? 1 : above == below ? 0.5 : 0), pairs + 1);
            Golden.Close(pairs == 0 ? double.NaN : wins / pairs, BinaryRanking.RocAuc(scores, positive), "ROC AUC");
        });

    [Fact]
    public void Rank_NaNOrUnequalLengths_Throws()
    {
        Assert.Throws<ArgumentException>(() => BinaryRanking.RocAuc([double.NaN], [true]));
        Assert.Throws<ArgumentException>(() => BinaryRanking.AveragePrecision([1], [true, false]));
        Assert.Equal(0, BinaryRanking.AveragePrecision([1, 2], [false, false]));
    }
}
