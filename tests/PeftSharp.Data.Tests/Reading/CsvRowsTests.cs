using System.Text;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class CsvRowsTests
{
    [Fact]
    public void Read_QuotesCommasAndLineBreaks_KeepsFieldsAndLines()
    {
        List<DataRow> rows = ReaderHarness.Read("a.csv", "text,label\r\n\"one, \"\"two\"\"\r\nthree\",x\r\n\r\nplain,y\r\n");
        Assert.Equal([["one, \"two\"\r\nthree", "x"], ["plain", "y"]], ReaderHarness.Fields(rows));
        Assert.Equal([2L, 5L], rows.Select(r => r.Place.Line));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNotPartOfTheFirstName()
    {
        List<DataRow> rows = ReaderHarness.Read("a.csv", "\uFEFFtext,label\na,b\n");
        Assert.Equal(["text", "label"], rows[0].Columns);
    }

    [Fact]
    public void Read_QuotedFirstHeaderAfterByteOrderMark_IsUnquoted() =>
        Assert.Equal(["a,b", "c"], ReaderHarness.Read("a.csv", "\uFEFF\"a,b\",c\n1,2\n")[0].Columns);

    [Fact]
    public void Read_NoHeaderAndOtherDelimiter_UsesTheGivenNames()
    {
        List<DataRow> rows = ReaderHarness.Read("a.csv", "a;1,5\n", new() { Delimiter = ';', Columns = ["text", "score"] });
        Assert.Equal("1,5", rows[0].Text("score"));
    }

    [Fact]
    public void Read_SeparatorHintOfSpreadsheets_IsOrdinaryText() =>
        Assert.Equal("sep=;", ReaderHarness.Read("a.csv", "sep=;\n1\n", new() { Columns = ["a"] })[0].Text("a"));

    [Theory]
    [InlineData("a,b\n1,2\n1\n", "line 3: 1 field where 2 are expected (the columns are \"a\", \"b\")")]
    [InlineData("a,b\n\"1\n\",2\n1,2,3\n", "line 4: 3 fields where 2 are expected")]
    [InlineData("a,b\n1,x\"y\n", "line 2: not CSV as RFC 4180 has it: a quote inside an unquoted field (byte offset 7).")]
    [InlineData("a,b\n1,\"x\"y\n", "line 2: not CSV")]
    [InlineData("a,b\n1,2\n3,\"x\n5,6\n", "line 3: not CSV")]
    [InlineData("a,a\n1,2\n", "line 1: the header has \"a\" twice")]
    [InlineData("a,b\n", "has a header (\"a\", \"b\") and no rows")]
    [InlineData("", "is empty")]
    [InlineData("\n\n", "is empty")]
    public void Read_BrokenFile_SaysWhere(string text, string message) =>
        Assert.Contains(message, ReaderHarness.Error("a.csv", text), StringComparison.Ordinal);

    [Fact]
    public void Read_BytesThatAreNotUtf8_SaysFileAndLine()
    {
        string message = ReaderHarness.Error("a.csv", [.. "a\nok\n\"x\ny\",\n"u8[..^2], .. "\n"u8, 0xFF, (byte)'\n']);
        Assert.Contains("a.csv, line 5: byte 1 of the row 0xFF is not UTF-8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Utf16_SaysSo() =>
        Assert.Contains("line 1: the file is UTF-16", ReaderHarness.Error("a.csv", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("a\n1\n")]), StringComparison.Ordinal);

    [Fact]
    public void Read_AnyTable_RoundTrips() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 8]).SelectMany((columns, count) =>
            Gen.Select(Gen.OneOf("", "a", "\"", "\"\"", ",", "\n", "\r", "\r\n", " ", "é", "😀", "\t", "sep=;", "\0", "#").Array[0, 6]
                .Select(string.Concat).Array[columns].Array[count], Gen.Bool, Gen.Bool))
        .SampleSeeded((table, crlf, always) =>
        {
            string[] names = [.. table[0].Select((_, i) => $"c{i}")];
            StringBuilder text = new();
            foreach (string[] row in (string[][])[names, .. table])
                text.Append(string.Join(",", row.Select(f => Quote(f, always || row.Length == 1)))).Append(crlf ? "\r\n" : "\n");
            List<DataRow> rows = ReaderHarness.Read("a.csv", text.ToString());
            Assert.Equal(table, ReaderHarness.Fields(rows));
        });

    [Fact]
    public void Read_Banking77_HasEveryRowAndLabel()
    {
        LabelMap labels = LabelMap.FromFile(Fixtures.Asset("data", "banking77", "categories.json"));
        Dataset train = Dataset.Load(Fixtures.Asset("data", "banking77", "train.csv"));
        Dataset test = Dataset.Load(Fixtures.Asset("data", "banking77", "test.csv"));
        Assert.Equal((10003, 3080, 77), (train.Count, test.Count, labels.Count));
        Assert.Equal(77, LabelMap.Build(train.Select(r => r.Text("category"))).Count);
        Assert.Equal(77, test.Select(r => labels.IdOf(r.Text("category"), r.Place)).Distinct().Count());
        Assert.Equal(10, train.Count(r => r.Text("text").Contains('\n', StringComparison.Ordinal)));
        Assert.Equal(3, test.Count(r => r.Text("text").Contains('\n', StringComparison.Ordinal)));
        Assert.Equal("How do I know if I will get my card, or if it is lost?", train[4].Text("text"));
    }

    [Fact]
    public void Read_BitextSupport_HasEveryRow()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Dataset rows = Dataset.Load(SharedFiles.PathOf("data", "bitext_support", "Bitext_Sample_Customer_Support_Training_Dataset.csv"));
        Assert.Equal(4514, rows.Count);
        Assert.Equal(27, LabelMap.Build(rows.Select(r => r.Text("intent"))).Count);
    }

    private static string Quote(string field, bool always) =>
        always || field.AsSpan().IndexOfAny("\",\r\n") >= 0 ? "\"" + field.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : field;
}
