using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Tasks;
using Xunit;

namespace PeftSharp.Tests.Workflows.Tasks;

/// <summary>Which classes a run gets, and what it warns of or refuses.</summary>
public sealed class TrainingLabelsTests : IDisposable
{
    private static readonly ModelConfig _bare = Config("");

    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_OneClass_IsRefusedWithWhatWasFound()
    {
        var error = Assert.Throws<ConfigException>(() => Classes(new() { Limit = 3 }, _bare, "card", "card", "card"));
        Assert.Contains("all 3 labels of f, column \"label\", are \"card\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("sorted by label", error.Message, StringComparison.Ordinal);
        Assert.Contains("--labels card,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneClassAndListedNames_KeepsTheNamesAndWarns()
    {
        TrainingLabels labels = Classes(new() { Labels = ["card", "refund"] }, _bare, "card", "card");
        Assert.Equal(["card", "refund"], labels.Names!);
        Assert.Contains("are \"card\"", Assert.Single(labels.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneTag_IsRefusedToo() => Assert.Contains(
        "column \"tags\", are \"O\"",
        Assert.Throws<ConfigException>(() => TrainingLabels.Of(TaskType.TokenClassification, ProblemType.SingleLabel, new(), _bare, [Row(("tokens", "a b"), ("tags", "O O"))])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Of_RowsOfOneWord_NamesConll() => Assert.Contains(
        "format: conll",
        Assert.Single(TrainingLabels.Of(TaskType.TokenClassification, ProblemType.SingleLabel, new(), _bare, [Row(("tokens", "Ada"), ("tags", "B-PER")), Row(("tokens", "lives"), ("tags", "O"))]).Notes),
        StringComparison.Ordinal);

    [Fact]
    public void Of_SortedFileCutByLimit_Warns() =>
        Assert.Contains("sorted by column \"label\"", Assert.Single(Classes(new() { Limit = 4 }, _bare, "a", "a", "b", "b").Notes), StringComparison.Ordinal);

    [Fact]
    public void Of_LabelsThatDifferByCase_AreNamed()
    {
        TrainingLabels labels = Classes(new(), _bare, "refund", "Refund", "refund", "card", "to  pay", "to pay");
        Assert.Equal(["Refund", "card", "refund", "to  pay", "to pay"], labels.Names!);
        Assert.Contains("\"Refund\" (1), \"refund\" (2) differ by case or blanks", labels.Notes[0], StringComparison.Ordinal);
        Assert.Contains("\"to  pay\" (1), \"to pay\" (1)", labels.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NumbersAndADescription_HaveItsNames()
    {
        string train = WriteInfo("{\"features\": {\"label\": {\"names\": [\"neg\", \"pos\"], \"_type\": \"ClassLabel\"}}}");
        Assert.Equal(["neg", "pos"], Classes(new() { Train = train }, _bare, "0", "1").Names!);
        Assert.Equal(["neg", "pos"], Classes(new() { Train = train }, Config(", \"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}"), "0", "1").Names!);
        // The head of a trained model has its own order.
        Assert.Contains(
            "in another order", Assert.Throws<ConfigException>(() => Classes(new() { Train = train }, Config(", \"id2label\": {\"0\": \"pos\", \"1\": \"neg\"}"), "0", "1")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a|b", "|")]
    [InlineData("a;b", ";")]
    public void Of_SetsWithAnUnnamedSeparator_AskForIt(string cell, string separator) => Assert.Contains(
        $"label_separator: \"{separator}\"", Assert.Throws<ConfigException>(() => Sets(new(), cell, "a")).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_Sets_AreTheNamesThatOccur()
    {
        Assert.Equal(["a", "b", "c"], Sets(new() { LabelSeparator = "|" }, "b | a", "", "c").Names!);
        Assert.Equal(["a", "b"], Sets(new(), "['b', 'a']", "[]", "[\"a\"]").Names!);
        Assert.Equal(["0", "2"], Sets(new(), "[0, 2]", "[2]").Names!);
    }

    [Fact]
    public void Of_VectorsOfFlags_HaveALabelAPlace()
    {
        Assert.Equal(["LABEL_0", "LABEL_1"], Sets(new(), "[0, 1]", "[1, 0]").Names!);
        Assert.Equal(["x", "y"], Sets(new() { Labels = ["x", "y"] }, "[0.0, 1.0]", "[1.0, 0.0]").Names!);
    }

    [Fact]
    public void Of_OneHotColumns_AreTheNames() => Assert.Equal(
        ["toxic", "rude"],
        TrainingLabels.Of(TaskType.SequenceClassification, ProblemType.MultiLabel, new() { Label = new(["toxic", "rude"]) }, _bare, [Row(("text", "x"), ("toxic", "0"), ("rude", "1"))]).Names!);

    [Fact]
    public void Of_NoLabelAnywhere_IsRefused() =>
        Assert.Contains("no row has a label", Assert.Throws<ConfigException>(() => Sets(new(), "", "")).Message, StringComparison.Ordinal);

    private static TrainingLabels Classes(DataOptions data, ModelConfig config, params string[] labels) =>
        TrainingLabels.Of(TaskType.SequenceClassification, ProblemType.SingleLabel, data, config, [.. labels.Select(label => Row(("text", "x"), ("label", label)))]);

    private static TrainingLabels Sets(DataOptions data, params string[] cells) =>
        TrainingLabels.Of(TaskType.SequenceClassification, ProblemType.MultiLabel, data, _bare, [.. cells.Select(cell => Row(("text", "x"), ("label", cell)))]);

    private static ModelConfig Config(string more) => ModelConfig.Parse($"{{\"model_type\": \"bert\"{more}}}", "test");

    private static DataRow Row(params (string, string)[] values) => DataRow.Of(new RowPlace("f", 1), values);

    private string WriteInfo(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), json);
        return Path.Combine(_folder, "train.csv");
    }
}
