using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Testing;
using PeftSharp.Text;
using PeftSharp.Training;
using PeftSharp.Workflows.Tasks;
using Xunit;

namespace PeftSharp.Tests.Workflows.Tasks;

public sealed class MultiLabelTaskTests
{
    private static readonly Tokenizer _bert = Tokenizer.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));

    [Theory]
    [InlineData("b|a", "|", new[] { true, true, false })]
    [InlineData("", "|", new[] { false, false, false })]
    [InlineData("['c']", null, new[] { false, false, true })]
    [InlineData("[\"a\", \"c\"]", null, new[] { true, false, true })]
    [InlineData("[1, 0, 1]", null, new[] { true, false, true })]
    [InlineData("[0, 2]", null, new[] { true, false, true })]
    public void Encode_CellOfLabels_IsAFlagALabel(string cell, string? separator, bool[] holds)
    {
        MultiLabelTask task = Task("label", separator);
        Assert.Equal(holds, Flags(task.Encode([Row(("text", "x"), ("label", cell))], labelled: true)));
    }

    [Fact]
    public void Encode_OneHotColumns_IsAFlagAColumn() =>
        Assert.Equal([false, true, true], Flags(Task(new(["a", "b", "c"]), null).Encode([Row(("text", "x"), ("a", "0"), ("b", "1"), ("c", "1.0"))], labelled: true)));

    [Fact]
    public void Encode_OneHotColumnWithSomethingElse_SaysWhere() => Assert.Contains(
        "f, line 1: column \"b\" must hold 0 or 1, but holds the text \"maybe\"",
        Assert.Throws<InvalidDataException>(() => Task(new(["a", "b", "c"]), null).Encode([Row(("text", "x"), ("a", "0"), ("b", "maybe"), ("c", "1"))], labelled: true)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Answers_LabelsThatReachTheirThreshold_LikeliestFirst()
    {
        MultiLabelTask task = Task("label", null);
        ITaskRows rows = task.Encode([Row(("text", "x"))], labelled: false);
        Prediction[] said = [new Prediction.Labels([0.55f, 0.5f, 0.75f])];
        Assert.Equal("""{"text":"x","labels":["c","a","b"],"scores":[0.75,0.55,0.5]}""", rows.Answers(said).Single().ToJsonString());
        task.Thresholds = [0.6f, 0.5f, 0.8f];
        JsonObject answer = rows.Answers(said, topK: 2).Single();
        Assert.Equal("""["b"]""", answer["labels"]!.ToJsonString());
        Assert.Equal("""[{"label":"c","probability":0.75},{"label":"a","probability":0.55}]""", answer["top"]!.ToJsonString());
        task.Thresholds = [1, 1, 1];
        Assert.Equal("[]", rows.Answers(said).Single()["labels"]!.ToJsonString());
    }

    [Fact]
    public void TextMetrics_Sets_AreThoseOfTheDefinitions()
    {
        // y_true = [[1,0,1],[0,0,0]], y_pred = [[1,1,0],[0,0,0]]: tp 1, fp 1, fn 1; per label F1 1, 0, 0; per row 0.5 and 0.
        ITaskRows rows = Task("label", "|").Encode([Row(("text", "x"), ("label", "a|c")), Row(("text", "y"), ("label", ""))], labelled: true);
        Prediction[] said = [new Prediction.Labels([0.9f, 0.8f, 0.1f]), new Prediction.Labels([0.1f, 0.2f, 0.3f])];
        IReadOnlyDictionary<string, double> metrics = rows.TextMetrics(said);
        Assert.Equal(0.5, metrics["micro_f1"], 12);
        Assert.Equal(1 / 3.0, metrics["macro_f1"], 12);
        Assert.Equal(0.5, metrics["weighted_f1"], 12);
        Assert.Equal(0.25, metrics["samples_f1"], 12);
        Assert.Equal(0.5, metrics["subset_accuracy"], 12);
        Assert.Equal(2 / 6.0, metrics["hamming_loss"], 12);
        // Ranks of a and c in the first row: 1 of 1 and 2 of 3; the second row has no label and counts 1.
        Assert.Equal(((1 + 2 / 3.0) / 2 + 1) / 2, metrics["lrap"], 12);
        ClassReport report = rows.Report(said)!;
        Assert.Equal([1, 0, 1], report.Classes.Select(line => line.Support));
        Assert.Equal(0.5, report.Majority!.Value);
    }

    [Fact]
    public void Tune_LowScores_GivesEachLabelItsThreshold()
    {
        ITaskRows rows = Task("label", "|").Encode([Row(("text", "x"), ("label", "a|c")), Row(("text", "y"), ("label", "c")), Row(("text", "z"), ("label", ""))], labelled: true);
        IReadOnlyList<float> tuned = MultiLabelTask.Tune(
            rows, [new Prediction.Labels([0.3f, 0.9f, 0.9f]), new Prediction.Labels([0.1f, 0.1f, 0.8f]), new Prediction.Labels([0.1f, 0.1f, 0.6f])]);
        Assert.Equal(0.2f, tuned[0], 5);
        Assert.Equal(0.5f, tuned[1]);
        Assert.Equal(0.7f, tuned[2], 5);
    }

    private static MultiLabelTask Task(ColumnNames label, string? separator) =>
        new(new TextEncoder(_bert, 8, 30522), new("text", null, label, separator), LabelMap.FromList(["a", "b", "c"]), [0.5f, 0.5f, 0.5f]);

    private static bool[] Flags(ITaskRows rows) => ((ExampleLabel.Flags)rows.Examples.Single().Label!).Holds;

    private static DataRow Row(params (string, string)[] values) => DataRow.Of(new RowPlace("f", 1), values);
}
