using System.Text;
using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class JsonRowsTests
{
    private const string Array = "[\n  {\"text\": \"a\\nb\", \"label\": 1},\n  {\n \"text\": \"c\", \"label\": 2.50, \"ok\": true}\n]\n";

    [Fact]
    public void Read_Array_KeepsValuesAndLines()
    {
        List<DataRow> rows = ReaderHarness.Read("a.json", Array);
        Assert.Equal([["a\nb", "1"], ["c", "2.50", "true"]], ReaderHarness.Fields(rows));
        Assert.Equal([2L, 3L], rows.Select(r => r.Place.Line));
        Assert.Equal(2.5, rows[1].Number("label"));
        Assert.Equal(DataKind.Boolean, rows[1]["ok"].Kind);
    }

    [Fact]
    public void Read_Jsonl_KeepsListsAndMembers()
    {
        DataRow row = ReaderHarness.Read("a.jsonl", "\uFEFF{\"tokens\": [\"a\", \"b\"], \"answers\": {\"text\": [\"x\"]}, \"no.dot\": \"y\"}\r\n\r\n")[0];
        Assert.Equal(["a", "b"], row.TextList("tokens"));
        Assert.Equal(["x"], row.TextList("answers.text"));
        Assert.Equal("y", row.Text("no.dot"));
        Assert.False(row.Has("answers.start"));
    }

    [Fact]
    public void Read_JsonFileOfLines_IsReadAsJsonl() =>
        Assert.Equal([1L, 2L], ReaderHarness.Read("a.json", "\uFEFF{\"a\": 1}\n{\"a\": 2}\n").Select(r => r.Place.Line));

    [Fact]
    public void Read_JsonlFileOfAnArray_IsReadAsAnArray() =>
        Assert.Equal([2L, 3L], ReaderHarness.Read("a.jsonl", "\uFEFF[\n{\"a\": 1},\n{\"a\": 2}]").Select(r => r.Place.Line));

    [Fact]
    public void Read_ElementsAcrossBuffers_AreWholeAndInPlace()
    {
        // Lengths on both sides of the buffer's, and one that is longer than it.
        string[] texts = [.. ((int[])[10, 65_000, 66_000, 5, 300_000, 40]).Select(length => new string('x', length))];
        string json = "[\n" + string.Join(",\n", texts.Select(text => $"{{\"a\": \"{text}\"}}")) + "\n]\n";
        List<DataRow> rows = ReaderHarness.Read("a.json", json);
        Assert.Equal(texts, rows.Select(r => r.Text("a")));
        Assert.Equal([2L, 3L, 4L, 5L, 6L, 7L], rows.Select(r => r.Place.Line));
    }

    [Fact]
    public void Read_ArrayBrokenAtItsEnd_GivesTheRowsBeforeIt()
    {
        using TemporaryFiles files = new();
        string path = files.Write("a.json", "[{\"a\": 1}, {\"a\": 2}, {\"a\"");
        Assert.Equal(["1", "2"], DataReader.Read(path).Take(2).Select(r => r.Text("a")));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"a\": 1}\n\n{\"a\": }\n", "a.jsonl, line 3: not valid JSON")]
    [InlineData("a.jsonl", "{\"a\": 1}\n[1, 2]\n", "a.jsonl, line 2: a row must be a JSON object")]
    [InlineData("a.jsonl", "{\"a\": 1, \"a\": 2}\n", "line 1: not valid JSON: Duplicate property 'a'")]
    [InlineData("a.jsonl", "{\"a\": \"\\ud800\"}\n", "line 1: a string has half a surrogate pair")]
    [InlineData("a.jsonl", "\n  \n", "is empty")]
    [InlineData("a.json", "", "is empty")]
    [InlineData("a.json", " \n ", "is empty")]
    [InlineData("a.json", "[]", "holds an empty array")]
    [InlineData("a.json", "7", "must be one array")]
    [InlineData("a.json", "[\n{\"a\": 1},\n{\"a\": x}\n]", "a.json, line 3: not valid JSON")]
    [InlineData("a.json", "[\n{\"a\": 1}\n{\"a\": 2}\n]", "a.json, line 3: not valid JSON")]
    [InlineData("a.json", "[\n{\"a\": 1}\n", "not valid JSON")]
    [InlineData("a.json", "[\n{\"a\": 1}\n]\n x", "not valid JSON")]
    [InlineData("a.json", "[\n3\n]", "a.json, line 2: a row must be a JSON object")]
    [InlineData("a.json", "[\n{\"a\": \"\\ud800\"}]", "a.json, line 2: a string has half a surrogate pair")]
    [InlineData("a.json", "[\n{\"a\": 1, \"a\": 2}]", "a.json, line 2: not valid JSON: Duplicate")]
    public void Read_BrokenFile_SaysWhere(string name, string text, string message) =>
        Assert.Contains(message, ReaderHarness.Error(name, text), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.json")]
    [InlineData("a.jsonl")]
    public void Read_DeepNesting_IsAnErrorNotACrash(string name)
    {
        string deep = new string('[', 100_000) + new string(']', 100_000);
        string text = $"{{\"a\": {deep}}}";
        Assert.Contains("line 1: not valid JSON", ReaderHarness.Error(name, name == "a.json" ? $"[{text}]" : text), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8_SaysFileAndLine()
    {
        byte[] bytes = [.. "[\n{\"a\": \""u8, 0xC3, .. "\"}\n]"u8];
        Assert.Contains("a.json, line 2: byte 8 of the row 0xC3 is not UTF-8", ReaderHarness.Error("a.json", bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyObjects_RoundTripInBothFormats() =>
        Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 6], Gen.String.Where(s => s.EnumerateRunes().All(r => r != Rune.ReplacementChar)))[1, 5].Array[1, 6].SampleSeeded(table =>
        {
            string[] objects = [.. table.Select(row => JsonSerializer.Serialize(row))];
            foreach (DataRow[] rows in (DataRow[][])[
                [.. ReaderHarness.Read("a.jsonl", string.Join('\n', objects))],
                [.. ReaderHarness.Read("a.json", "[" + string.Join(",\n", objects) + "]")]])
            {
                Assert.Equal(table.Length, rows.Length);
                for (int i = 0; i < rows.Length; i++)
                {
                    Assert.Equal(i + 1, rows[i].Place.Line);
                    Assert.Equal(table[i], rows[i].Columns.ToDictionary(c => c, c => rows[i].Text(c)));
                }
            }
        });

    [Theory]
    [InlineData("instructions/alpaca_en_demo.json", 999, "output")]
    [InlineData("instructions/seed_tasks.jsonl", 175, "instruction")]
    [InlineData("cranfield/corpus.jsonl", 1400, "text")]
    public void Read_SharedData_HasEveryRow(string file, int count, string column)
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Dataset rows = Dataset.Load(SharedFiles.PathOf(["data", .. file.Split('/')]));
        Assert.Equal(count, rows.Count);
        Assert.All(rows, r => Assert.NotNull(r.Text(column)));
    }
}
