using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Labels;

public sealed class LabelMapTests
{
    private static readonly RowPlace Place = new("dev.csv", 7);

    [Theory]
    [InlineData(new[] { "10", "9", "-1", "9" }, new[] { "-1", "9", "10" })]
    [InlineData(new[] { "10", "9", "x" }, new[] { "10", "9", "x" })]
    [InlineData(new[] { "10", "09" }, new[] { "09", "10" })]
    [InlineData(new[] { "b", "B", "a", "é" }, new[] { "B", "a", "b", "é" })]
    public void Build_Labels_SortsIntegersByValueAndOthersOrdinally(string[] labels, string[] expected) =>
        Assert.Equal(expected, LabelMap.Build(labels).Names);

    [Fact]
    public void Build_AnyOrderOfRows_GivesTheSameMap() =>
        Gen.String[0, 4].Where(s => s.Length > 0).Array[1, 20].SelectMany(l => Gen.Select(Gen.Const(l), Gen.Shuffle(l.ToArray()))).SampleSeeded((labels, shuffled) =>
        {
            LabelMap map = LabelMap.Build(labels);
            Assert.Equal(map.Names, LabelMap.Build(shuffled).Names);
            Assert.All(labels, l => Assert.Equal(l, map.NameOf(map.IdOf(l, Place))));
            Assert.Equal(map.Names, LabelMap.FromId2Label(map.Id2Label).Names);
            Assert.All(map.Label2Id, p => Assert.Equal(p.Key, map.Id2Label[$"{p.Value}"]));
        });

    [Fact]
    public void IdOf_UnknownLabel_SaysFileLineAndKnownLabels()
    {
        LabelMap map = LabelMap.FromList(["negative", "positive"]);
        string message = Assert.Throws<InvalidDataException>(() => map.IdOf("postive", Place)).Message;
        Assert.Equal("dev.csv, line 7: unknown label \"postive\" (did you mean \"positive\"?); the 2 known labels are \"negative\", \"positive\".", message);
        Assert.Contains("dev.csv, line 7: the label is empty", Assert.Throws<InvalidDataException>(() => map.IdOf("", Place)).Message, StringComparison.Ordinal);
        Assert.False(map.TryGetId("x", out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => map.NameOf(2));
    }

    [Fact]
    public void IdOf_NumberWhereNamesAreWords_IsTheClassItself()
    {
        LabelMap words = LabelMap.FromList(["negative", "positive"]), numbers = LabelMap.FromList(["1", "2"]);
        Assert.Equal(1, words.IdOf("1", Place));
        Assert.Throws<InvalidDataException>(() => words.IdOf("2", Place));
        Assert.Throws<InvalidDataException>(() => words.IdOf("01", Place));
        Assert.Equal(0, numbers.IdOf("1", Place));
        Assert.Throws<InvalidDataException>(() => numbers.IdOf("0", Place));
    }

    [Fact]
    public void FromList_BadNames_Throws()
    {
        Assert.Throws<ArgumentException>(() => LabelMap.FromList([]));
        Assert.Throws<ArgumentException>(() => LabelMap.FromList(["a", ""]));
        Assert.Contains("\"a\" is there twice, as 0 and as 2", Assert.Throws<ArgumentException>(() => LabelMap.FromList(["a", "b", "a"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("0", "00")]
    [InlineData("0", "-1")]
    [InlineData("0", "x")]
    public void FromId2Label_KeysNotZeroToN_Throws(string first, string second) =>
        Assert.Throws<ArgumentException>(() => LabelMap.FromId2Label(new Dictionary<string, string> { [first] = "a", [second] = "b" }));

    [Theory]
    [InlineData("[\"a\", \"a\"]")]
    [InlineData("{\"a\": 1}")]
    [InlineData("[1]")]
    [InlineData("[null]")]
    [InlineData("null")]
    [InlineData("")]
    public void FromFile_NotAListOfNames_NamesTheFile(string text)
    {
        using TemporaryFiles files = new();
        string path = files.Write("labels.json", text);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => LabelMap.FromFile(path)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => LabelMap.FromFile(path + "x"));
    }
}
