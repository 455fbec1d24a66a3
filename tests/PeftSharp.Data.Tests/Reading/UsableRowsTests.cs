namespace PeftSharp.Data.Tests.Reading;

public sealed class UsableRowsTests
{
    private const string File = "text,label\na,x\nb,\nc,y\nd, \n";

    [Fact]
    public void Of_Error_CountsEachKindAndNamesTheLines()
    {
        string message = Assert.Throws<InvalidDataException>(() => Check(File, OnBadRow.Error)).Message;
        Assert.Contains("a.csv: 2 of 4 rows cannot be used: an empty label in 2 (lines 3, 5).", message, StringComparison.Ordinal);
        Assert.Contains("--on_bad_row skip", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Skip_LeavesThemOutAndReports()
    {
        UsableRows usable = Check(File, OnBadRow.Skip);
        Assert.Equal(["a", "c"], usable.Rows.Select(row => row.Text("text")));
        Assert.Equal([1, 3], usable.Bad.Order());
        Assert.Contains("2 of 4 rows were left out: an empty label in 2 (lines 3, 5)", usable.Report!, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ManyBadRows_ShowsTheFirstLines()
    {
        string text = "text,label\ngood,x\n" + string.Concat(Enumerable.Repeat("a,\n", 9));
        Assert.Contains("an empty label in 9 (lines 3, 4, 5, 6, 7, …)", Check(text, OnBadRow.Skip).Report!, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoGoodRow_IsTheFirstRowsError()
    {
        string message = Assert.Throws<InvalidDataException>(() => Check("text,class\na,x\nb,y\n", OnBadRow.Skip)).Message;
        Assert.Contains("a.csv, line 2: no column \"label\"", message, StringComparison.Ordinal);
        Assert.Contains("--columns text,label", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FaultOfTheFile_IsNotSkipped()
    {
        // A list where one label belongs is no slip in a row.
        Assert.Contains("multi_label", Assert.Throws<InvalidDataException>(() => Check("text,label\na,x\nb,\"['x', 'y']\"\n", OnBadRow.Skip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_KeyThatOneJsonRowLacks_IsABadRow()
    {
        UsableRows usable = UsableRows.Of(
            ReaderHarness.Read("a.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\"}\n{\"text\": null, \"label\": \"x\"}\n"), row => new TextColumns().Read(row), OnBadRow.Skip);
        Assert.Single(usable.Rows);
        Assert.Contains("no column \"label\" in 1 (line 2), no value in \"text\" in 1 (line 3)", usable.Report!, StringComparison.Ordinal);
    }

    private static UsableRows Check(string text, OnBadRow policy) =>
        UsableRows.Of(ReaderHarness.Read("a.csv", text), row => new TextColumns().Read(row), policy);
}
