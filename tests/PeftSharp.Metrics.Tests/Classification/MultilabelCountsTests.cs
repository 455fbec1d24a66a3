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
            Golden.Close(golden.GetProperty("f1_samples"), counts.SampleF1, "samples");
            Golden.Close(golden.GetProperty("f1_micro"), counts.Average(Averaging.Micro).F1, "micro");
            Golden.Close(golden.GetProperty("f1_macro"), counts.Average(Averaging.Macro).F1, "macro");
            Golden.Close(golden.GetProperty("f1_weighted"), counts.Average(Averaging.Weighted).F1, "weighted");
        }
    }

    [Fact]
    public void Add_WrongNumberOfLabels_Throws() =>
        Assert.Throws<ArgumentException>(() => new MultilabelCounts(2).Add([true], [true, false]));
}
