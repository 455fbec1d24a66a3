using PeftSharp.Data.Tests.Reading;

namespace PeftSharp.Data.Tests.Samples;

public sealed class TextColumnsTests
{
    private static readonly List<DataRow> Rows = ReaderHarness.Read("a.tsv", "text\tother\tlabel\na\tb\t1.5\n\tc\t\n");

    [Fact]
    public void Read_Row_GivesTextsLabelAndPlace()
    {
        TextSample sample = new TextColumns("text", "other", "label").Read(Rows[0]);
        Assert.Equal(("a", "b", "1.5", 2L), (sample.Text, sample.TextPair, sample.Label, sample.Place.Line));
        Assert.Equal(1.5f, sample.Target);
        Assert.Null(new TextColumns(Label: null).Read(Rows[1]).Label);
        Assert.Equal("", new TextColumns(Label: null).Read(Rows[1]).Text);
    }

    [Fact]
    public void Read_EmptyLabelOrMissingColumn_SaysFileAndLine()
    {
        Assert.Contains("a.tsv, line 3: the label, column \"label\", is empty", Error(() => new TextColumns().Read(Rows[1])), StringComparison.Ordinal);
        Assert.Contains("did you mean \"text\"", Error(() => new TextColumns("txt").Read(Rows[0])), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BlanksAroundTheLabel_DoNotCount() =>
        Assert.Equal("refund", new TextColumns().Read(ReaderHarness.Read("a.csv", "text,label\nx, refund \n")[0]).Label);

    [Theory]
    [InlineData("high", "\"high\"")]
    [InlineData("NaN", "\"NaN\"")]
    [InlineData("1e99", "\"1e99\"")]
    [InlineData(null, "missing")]
    public void Target_NoNumber_SaysFileAndLine(string? label, string what) =>
        Assert.Equal(
            $"x.csv, line 4: the label of a regression must be a number such as 3.5, but is {what}.",
            Error(() => new TextSample("", null, label, new("x.csv", 4)).Target));

    private static string Error(Func<object> action) => Assert.Throws<InvalidDataException>(action).Message;
}
