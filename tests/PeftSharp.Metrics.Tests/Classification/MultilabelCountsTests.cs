using System.Text.Json;

namespace PeftSharp.Metrics.Tests.Classification;

public sealed class MultilabelCountsTests
{
    [Fact]
    public void Scores_GoldenCases_AreScikitLearns()
    {
        foreach (JsonElement golden in Golden.Load("classification.json").GetProperty("multilabel").EnumerateArray())
        {
            JsonElement[] predicted = [.. golden.GetProperty("y_pred").EnumerateArray()];
            JsonElement[] actual = [.. golden.GetProperty("y_true").EnumerateArray()];
            MultilabelCounts counts = new(predicted[0].GetArrayLength());
            for (int i = 0; i < predicted.Length; i++)
                counts.Add(Golden.Flags(predicted[i]), Golden.Flags(actual[i]));
            Golden.Close(golden.GetProperty("subset_accuracy"), counts.SubsetAccuracy, "subset accuracy");
            // hamming_loss is the share of unequal entries.
            double unequal = predicted.Zip(actual).Average(pair => Golden.Flags(pair.First).Zip(Golden.Flags(pair.Second)).Average(one => one.First == one.Second ? 0.0 : 1.0));
            Golden.Close(unequal, counts.HammingLoss, "hamming loss");
            Golden.Close(golden.GetProperty("f1_samples"), counts.SampleF1, "samples");
            Golden.Close(golden.GetProperty("f1_micro"), counts.Average(Averaging.Micro).F1, "micro");
            Golden.Close(golden.GetProperty("f1_macro"), counts.Average(Averaging.Macro).F1, "macro");
            Golden.Close(golden.GetProperty("f1_weighted"), counts.Average(Averaging.Weighted).F1, "weighted");
        }
    }

    // The example of scikit-learn's hamming_loss.
    [Fact]
    public void HammingLoss_UserGuidesExample_IsThreeQuarters()
    {
        MultilabelCounts counts = new(2);
        counts.Add([false, false], [false, true]);
        counts.Add([false, false], [true, true]);
        Assert.Equal(0.75, counts.HammingLoss);
    }

    [Fact]
    public void Add_WrongNumberOfLabels_Throws() =>
        Assert.Throws<ArgumentException>(() => new MultilabelCounts(2).Add([true], [true, false]));
}
