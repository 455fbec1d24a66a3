using System.Text.Json;

namespace PeftSharp.Metrics.Tests.Regression;

public sealed class CorrelationTests
{
    private static readonly Dictionary<string, JsonElement> Cases =
        Golden.Load("classification.json").GetProperty("correlation").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Scores_GoldenCase_AreScipys(string name)
    {
        JsonElement golden = Cases[name];
        double[] x = Golden.Numbers(golden.GetProperty("x")), y = Golden.Numbers(golden.GetProperty("y"));
        RegressionScores scores = new();
        for (int i = 0; i < x.Length; i++)
            scores.Add(predicted: y[i], actual: x[i]);
        Assert.Equal(x.Length, scores.Count);
        Golden.Close(golden.GetProperty("pearson"), scores.Pearson, "Pearson");
        Golden.Close(golden.GetProperty("spearman"), scores.Spearman, "Spearman");
        Golden.Close(golden.GetProperty("kendall_tau_b"), Correlation.KendallTauB(x, y), "Kendall");
        Golden.Close(golden.GetProperty("mse"), scores.MeanSquaredError, "MSE");
        Golden.Close(golden.GetProperty("mae"), scores.MeanAbsoluteError, "MAE");
        Golden.Close(golden.GetProperty("r2"), scores.R2, "R²");
    }

    [Fact]
    public void R2_ConstantActualValues_IsOneOnlyIfAllAreRight()
    {
        Assert.Equal(1, Correlation.R2([2, 2], [2, 2]));
        Assert.Equal(0, Correlation.R2([2, 3], [2, 2]));
        Assert.True(double.IsNaN(Correlation.R2([2], [2])));
    }

    [Fact]
    public void Pearson_UnequalLengths_Throws() => Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1]));
}
