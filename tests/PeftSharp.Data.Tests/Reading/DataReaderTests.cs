using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class DataReaderTests
{
    [Fact]
    public void Read_MissingFile_NamesTheNearest()
    {
        using TemporaryFiles files = new();
        files.Write("train.csv", "a\n1\n");
        string message = Assert.Throws<FileNotFoundException>(() => DataReader.Read(Path.Combine(files.Folder, "trian.csv"))).Message;
        Assert.Contains("trian.csv: no such file (did you mean \"train.csv\"?)", message, StringComparison.Ordinal);
        message = Assert.Throws<FileNotFoundException>(() => DataReader.Read(Path.Combine(files.Folder, "no", "train.csv"))).Message;
        Assert.Contains("there is no folder", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Folder_SaysSo()
    {
        using TemporaryFiles files = new();
        string message = Assert.Throws<FileNotFoundException>(() => DataReader.Read(files.Folder)).Message;
        Assert.Contains("is a folder", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownExtension_ListsTheFormats()
    {
        using TemporaryFiles files = new();
        string path = files.Write("a.dat", "x\n");
        Assert.Contains("set `format` to text, tsv, csv, jsonl, json or conll", Assert.Throws<ArgumentException>(() => DataReader.Read(path)).Message, StringComparison.Ordinal);
        Assert.Equal("x", DataReader.Read(path, new() { Format = DataFormat.Text }).Single().Text("text"));
    }

    [Fact]
    public void Read_Text_KeepsEmptyLines()
    {
        List<DataRow> rows = ReaderHarness.Read("a.txt", "a\r\n\r\n b \n");
        Assert.Equal(["a", "", " b "], rows.Select(r => r.Text("text")));
        Assert.Contains("is empty", ReaderHarness.Error("a.txt", ""), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ReaderHarness.Read("a.txt", "a", new() { Columns = ["a", "b"] }));
    }

    [Fact]
    public void Read_IsLazy_AndDatasetStopsAtTheLimit()
    {
        using TemporaryFiles files = new();
        string path = files.Write("a.csv", "a,b\n1,2\n3\n");
        Assert.Equal("1", DataReader.Read(path).First().Text("a"));
        Assert.Single(Dataset.Load(path, limit: 1));
        Assert.Throws<InvalidDataException>(() => Dataset.Load(path, limit: 2));
        Assert.Throws<ArgumentException>(() => Dataset.Load(path, limit: 0));
    }

    [Fact]
    public void Read_TinyShakespeare_HasEveryLine()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Assert.Equal(40_000, DataReader.Read(SharedFiles.PathOf("data", "tinyshakespeare", "input.txt")).Count());
    }

    [Theory]
    [InlineData("a.csv")]
    [InlineData("a.tsv")]
    [InlineData("a.jsonl")]
    [InlineData("a.json")]
    [InlineData("a.txt")]
    public void Read_AnyBytes_GivesRowsOrTheDocumentedError(string name)
    {
        using TemporaryFiles files = new();
        int run = 0;
        // Pieces that mean something to a reader make deeper trouble than bytes drawn evenly.
        byte[][] pieces = [[.. "\""u8], [.. ","u8], [.. "\t"u8], [.. "\n"u8], [.. "\r"u8], [.. "a"u8], [.. "{"u8], [.. "}"u8], [.. "["u8],
            [.. "]"u8], [.. ":"u8], [.. "{\"a\":1}"u8], [.. "\\u"u8], [.. "d800"u8], [0xEF, 0xBB, 0xBF], [0xC3], [0xFF], [0xFE], [0], [.. "[{"u8], [.. "},"u8]];
        Gen.OneOf(Gen.Byte.Array[0, 64], Gen.OneOf(pieces).Array[0, 40].Select(p => p.SelectMany(b => b).ToArray())).SampleSeeded(
            bytes =>
            {
                string path = files.Write($"{Interlocked.Increment(ref run)}{name}", bytes);
                try
                {
                    foreach (DataRow row in DataReader.Read(path))
                        Assert.True(row.Place.Line >= 1 && row.Columns.Count >= (name.StartsWith("a.j", StringComparison.Ordinal) ? 0 : 1));
                }
                catch (InvalidDataException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
                finally
                {
                    File.Delete(path);
                }
            },
            iter: 2000);
    }

    [Theory, Trait("Category", "Slow")]
    [InlineData("a.csv")]
    [InlineData("a.tsv")]
    [InlineData("a.jsonl")]
    [InlineData("a.txt")]
    public void Read_RowWithoutEnd_StopsBeforeTheMemoryIsFull(string name)
    {
        using TemporaryFiles files = new();
        bool json = name == "a.jsonl";
        string path = files.Write(name, (json ? "{}" : "a") + "\n\"");
        using (FileStream file = new(path, FileMode.Open))
            file.SetLength(1 << 28);
        ReadOptions options = json ? new() : new() { Columns = ["a"] };
        string message = Assert.Throws<InvalidDataException>(() => DataReader.Read(path, options).Skip(1).First()).Message;
        Assert.Contains($"{name}, line 2: the {(name == "a.csv" ? "row" : "line")} is longer than 64 MiB", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "a", "a" }, null, null, "2 times")]
    [InlineData(new[] { "a", "" }, null, null, "empty")]
    [InlineData(new string[0], null, null, "empty")]
    [InlineData(null, false, null, "header: false needs `columns`")]
    [InlineData(null, null, '"', "delimiter")]
    [InlineData(null, null, 'é', "delimiter")]
    public void Read_ContradictoryOptions_Throws(string[]? columns, bool? header, char? delimiter, string message)
    {
        ReadOptions options = new() { Columns = columns, Header = header, Delimiter = delimiter };
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => DataReader.Read("any.csv", options)).Message, StringComparison.Ordinal);
    }
}
