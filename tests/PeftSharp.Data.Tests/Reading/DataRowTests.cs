namespace PeftSharp.Data.Tests.Reading;

public sealed class DataRowTests
{
    private static readonly DataRow Row = ReaderHarness.Read(
        "a.jsonl", "{\"text\": \"x\", \"category\": null, \"n\": 1e3, \"big\": 1e999, \"list\": [\"a\", null], \"o\": {\"p\": 1}}")[0];

    [Fact]
    public void Text_MissingColumn_NamesTheNearestAndAll()
    {
        string message = Assert.Throws<InvalidDataException>(() => Row.Text("catgory")).Message;
        Assert.Contains(
            "a.jsonl, line 1: no column \"catgory\" (did you mean \"category\"?); the columns are \"text\", \"category\", \"n\", \"big\", \"list\", \"o\".",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Accessors_WrongKind_SayWhatIsThere()
    {
        Assert.Contains("\"category\" must hold text, but holds null", Message(() => Row.Text("category")), StringComparison.Ordinal);
        Assert.Contains("\"text\" must hold a finite number, but holds the text \"x\"", Message(() => Row.Number("text")), StringComparison.Ordinal);
        Assert.Contains("a finite number, but holds the number 1e999", Message(() => Row.Number("big")), StringComparison.Ordinal);
        Assert.Contains("\"list[1]\" must hold text, but holds null", Message(() => Row.TextList("list")), StringComparison.Ordinal);
        Assert.Contains("\"o\" must hold text, but holds an object", Message(() => Row.Text("o")), StringComparison.Ordinal);
        Assert.Contains("a list of texts", Message(() => Row.TextList("n")), StringComparison.Ordinal);
    }

    [Fact]
    public void Accessors_RightKind_GiveTheValue()
    {
        Assert.Equal(1000, Row.Number("n"));
        Assert.Equal("1", Row.Text("o.p"));
        Assert.Contains("no column \"o.q\"", Message(() => Row.Text("o.q")), StringComparison.Ordinal);
    }

    private static string Message(Func<object> access) => Assert.Throws<InvalidDataException>(access).Message;
}
