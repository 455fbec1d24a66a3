using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Metrics.Tests.Classification;

public sealed class ConfusionMatrixTests
{
    private static readonly Dictionary<string, JsonElement> Cases =
        Golden.Load("classification.json").GetProperty("classification").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Counts_GoldenCase_AreScikitLearns(string name)
    {
        (JsonElement golden, ConfusionMatrix confusion) = Load(name);
        int[][] expected = [.. golden.GetProperty("confusion").EnumerateArray().Select(Golden.Integers)];
        for (int actual = 0; actual < expected.Length; actual++)
            for (int predicted = 0; predicted < expected.Length; predicted++)
                Assert.Equal(expected[actual][predicted], confusion[actual, predicted]);
    }

    [Theory, MemberData(nameof(Names))]
    public void Scores_GoldenCase_AreScikitLearns(string name)
    {
        (JsonElement golden, ConfusionMatrix confusion) = Load(name);
        Golden.Close(golden.GetProperty("accuracy"), confusion.Accuracy, "accuracy");
        Golden.Close(golden.GetProperty("balanced_accuracy"), confusion.BalancedAccuracy, "balanced accuracy");
        Golden.Close(golden.GetProperty("mcc"), confusion.Matthews, "Matthews");
        Golden.Close(golden.GetProperty("kappa"), confusion.Kappa, "kappa");
    }

    [Theory, MemberData(nameof(Names))]
    public void Average_GoldenCase_IsScikitLearns(string name)
    {
        (JsonElement golden, ConfusionMatrix confusion) = Load(name);
        for (int zero = 0; zero <= 1; zero++)
        {
            foreach (Averaging averaging in Enum.GetValues<Averaging>())
            {
                string key = $"{averaging.ToString().ToLowerInvariant()}_zd{zero}";
                Golden.Close(golden.GetProperty(key), confusion.Average(averaging, zero, includeAbsent: true), key);
            }

            JsonElement perClass = golden.GetProperty($"per_class_zd{zero}");
            for (int k = 0; k < confusion.ClassCount; k++)
            {
                ClassScores scores = confusion.Class(k).Scores(zero);
                Golden.Close(perClass.GetProperty("precision")[k], scores.Precision, $"precision of {k}");
                Golden.Close(perClass.GetProperty("recall")[k], scores.Recall, $"recall of {k}");
                Golden.Close(perClass.GetProperty("f1")[k], scores.F1, $"F1 of {k}");
                Assert.Equal(Golden.Number(perClass.GetProperty("support")[k]), confusion.Class(k).Support);
            }

            if (golden.TryGetProperty($"binary_zd{zero}", out JsonElement binary))
                Golden.Close(binary, confusion.Class(1).Scores(zero), "binary");
        }
    }

    [Fact]
    public void MacroF1_ClassThatNeverOccurs_IsLeftOut()
    {
        ConfusionMatrix confusion = new(3);
        confusion.Add([0, 2], [0, 2]);
        Assert.Equal(1, confusion.MacroF1);
        Golden.Close(2 / 3.0, confusion.Average(Averaging.Macro, includeAbsent: true).F1, "with the absent class");
    }

    [Fact]
    public void Accuracy_NoExamples_IsNaN()
    {
        ConfusionMatrix confusion = new(2);
        Assert.True(double.IsNaN(confusion.Accuracy));
        Assert.True(double.IsNaN(confusion.BalancedAccuracy));
        Assert.True(double.IsNaN(confusion.MacroF1));
        Assert.Equal(0, confusion.Average(Averaging.Micro).F1);
    }

    [Fact]
    public void Add_ClassOutsideTheRange_Throws()
    {
        ConfusionMatrix confusion = new(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => confusion.Add(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => confusion.Add(0, -1));
        Assert.Throws<ArgumentException>(() => confusion.Add([0, 1], [0]));
        Assert.Throws<ArgumentException>(() => confusion.Add(new ConfusionMatrix(3)));
        Assert.Equal(0, confusion.Total);
    }

    [Fact]
    public void Add_AnySplitIntoBatches_GivesTheSameScores() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4]).Array[1, 60].Select(Gen.Int[0, 60]).SampleSeeded((pairs, cut) =>
        {
            cut = Math.Min(cut, pairs.Length);
            ConfusionMatrix whole = new(5), first = new(5), second = new(5);
            foreach ((int p, int a) in pairs)
                whole.Add(p, a);
            first.Add([.. pairs[..cut].Select(x => x.Item1)], [.. pairs[..cut].Select(x => x.Item2)]);
            second.Add([.. pairs[cut..].Select(x => x.Item1)], [.. pairs[cut..].Select(x => x.Item2)]);
            first.Add(second);
            Assert.Equal(whole.Total, first.Total);
            Assert.Equal(whole.Accuracy, first.Accuracy);
            Assert.Equal(whole.Macro, first.Macro);
            Assert.Equal(whole.Matthews, first.Matthews);
            Assert.InRange(whole.Matthews, -1.0000001, 1.0000001);
        });

    private static (JsonElement Golden, ConfusionMatrix Confusion) Load(string name)
    {
        JsonElement golden = Cases[name];
        int[] labels = Golden.Integers(golden.GetProperty("labels"));
        ConfusionMatrix confusion = new(labels.Length);
        int[] Classes(string key) => Array.ConvertAll(Golden.Integers(golden.GetProperty(key)), label => Array.IndexOf(labels, label));
        confusion.Add(Classes("y_pred"), Classes("y_true"));
        return (golden, confusion);
    }
}
