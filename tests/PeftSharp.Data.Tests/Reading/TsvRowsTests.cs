using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class TsvRowsTests
{
    private static readonly ReadOptions SentenceAndLabel = new() { Columns = ["sentence", "label"] };

    [Fact]
    public void Read_Quotes_AreOrdinaryCharacters()
    {
        List<DataRow> rows = ReaderHarness.Read("a.tsv", "\"he said\t1\r\n\n``x'' \"\t0", SentenceAndLabel);
        Assert.Equal([["\"he said", "1"], ["``x'' \"", "0"]], ReaderHarness.Fields(rows));
        Assert.Equal([1L, 3L], rows.Select(r => r.Place.Line));
    }

    [Fact]
    public void Read_HeaderAndColumns_RenamesTheHeader() =>
        Assert.Equal("2", ReaderHarness.Read("a.tsv", "x\ty\n1\t2\n", SentenceAndLabel with { Header = true })[0].Text("label"));

    [Theory]
    [InlineData("one\t1\ttwo\n", "line 1: 3 fields where 2 are expected (the columns are \"sentence\", \"label\")")]
    [InlineData("one\t1\ntwo\n", "line 2: 1 field where 2 are expected")]
    [InlineData("", "is empty")]
    public void Read_BrokenFile_SaysWhere(string text, string message) =>
        Assert.Contains(message, ReaderHarness.Error("a.tsv", text, SentenceAndLabel), StringComparison.Ordinal);

    [Fact]
    public void Read_BytesThatAreNotUtf8_SaysFileAndLine() =>
        Assert.Contains("a.tsv, line 2: byte 3 of the row 0xE9 is not UTF-8", ReaderHarness.Error("a.tsv", [.. "a\n12"u8, 0xE9, (byte)'\n']), StringComparison.Ordinal);

    [Fact]
    public void Read_AnyTable_RoundTrips() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 8]).SelectMany((columns, count) =>
            Gen.Select(Gen.OneOf("", "a", "\"", ",", " ", "é", "😀", "\0", "\u2028", "\uFEFF").Array[0, 6]
                .Select(string.Concat).Array[columns].Array[count], Gen.Bool, Gen.Bool))
        .SampleSeeded((table, crlf, final) =>
        {
            string end = crlf ? "\r\n" : "\n";
            string[] names = [.. table[0].Select((_, i) => $"c{i}")];
            string text = string.Join(end, ((string[][])[names, .. table]).Select(row => string.Join('\t', row)));
            // Without a final line break an empty last line is no line at all.
            text += final || text.EndsWith('\n') ? end : "";
            Assert.Equal(table, ReaderHarness.Fields(ReaderHarness.Read("a.tsv", text)));
        });

    [Fact]
    public void Read_LinesAcrossBuffers_AreWhole()
    {
        string[] lines = [.. Enumerable.Range(0, 60).Select(i => new string((char)('a' + i % 26), i * 701))];
        List<DataRow> rows = ReaderHarness.Read("a.tsv", string.Join('\n', lines), new() { Columns = ["x"] });
        Assert.Equal(lines, rows.Select(r => r.Text("x")));
    }

    [Theory]
    [InlineData("train.tsv", 6920)]
    [InlineData("dev.tsv", 872)]
    [InlineData("test.tsv", 1821)]
    public void Read_Sst2_HasEveryRow(string file, int count)
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Dataset rows = Dataset.Load(SharedFiles.PathOf("data", "sst2", file), SentenceAndLabel);
        Assert.Equal(count, rows.Count);
        Assert.Equal(["0", "1"], LabelMap.Build(rows.Select(r => r.Text("label"))).Names);
    }

    [Theory]
    [InlineData("sts-train.csv", 5749)]
    [InlineData("sts-dev.csv", 1500)]
    [InlineData("sts-test.csv", 1379)]
    public void Read_Stsb_HasEveryRowAndScore(string file, int count)
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        ReadOptions options = new()
        {
            Format = DataFormat.Tsv,
            Columns = ["genre", "file", "year", "id", "score", "sentence1", "sentence2"],
            IgnoreExtraFields = true,
        };
        Dataset rows = Dataset.Load(SharedFiles.PathOf("data", "stsb", file), options);
        Assert.Equal(count, rows.Count);
        Assert.All(rows, r => Assert.InRange(r.Number("score"), 0, 5));
    }
}
