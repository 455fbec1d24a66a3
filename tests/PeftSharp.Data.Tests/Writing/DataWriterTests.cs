using System.Text.Json.Nodes;
using CsCheck;
using PeftSharp.Data.Tests.Reading;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Writing;

public sealed class DataWriterTests
{
    [Theory]
    [InlineData("a.csv")]
    [InlineData("a.tsv")]
    [InlineData("a.jsonl")]
    [InlineData("a.json")]
    public void Write_AnyCells_AreReadBackTheSame(string name) =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 6]).SelectMany((columns, count) =>
            Gen.OneOf("", "a", "\"", ",", "\t", "\n", "\r\n", " ", "\\n", "é", "😀", "#", "[", "'").Array[0, 5].Select(string.Concat).Array[columns].Array[count])
        .SampleSeeded(table =>
        {
            JsonObject[] rows = [.. table.Select(cells => new JsonObject(cells.Select((cell, i) => KeyValuePair.Create($"c{i}", (JsonNode?)cell))))];
            Assert.Equal(table, ReaderHarness.Fields(ReaderHarness.Read(name, Written(name, rows))));
        });

    [Fact]
    public void Write_PlainTsv_QuotesNothing() =>
        Assert.Equal("c\td\nhe said \"x\"\t0.25\n", Written("a.tsv", [new() { ["c"] = "he said \"x\"", ["d"] = 0.25f }]));

    [Fact]
    public void Write_LineBreakInATsvCell_QuotesEveryField() =>
        Assert.Equal("\"c\"\t\"d\"\n\"a\nb\"\t\"1\"\n", Written("a.tsv", [new() { ["c"] = "a\nb", ["d"] = 1 }]));

    [Fact]
    public void Write_ListsAndNulls_AreJsonAndEmptyCells() =>
        Assert.Equal("c,d,e\n\"[\"\"a\"\",1]\",,true\n", Written("a.csv", [new() { ["c"] = new JsonArray("a", 1), ["d"] = null, ["e"] = true }]));

    [Fact]
    public void Write_RowsOfUnlikeColumns_HaveAllOfThem() =>
        Assert.Equal("a,b\n1,\n,2\n", Written("a.csv", [new() { ["a"] = 1 }, new() { ["b"] = 2 }]));

    [Theory]
    [InlineData("preds.xlsx", "\".xlsx\" says no format")]
    [InlineData("preds", "is missing")]
    public void FormatOf_OtherEndings_NamesThoseThereAre(string path, string message)
    {
        string error = Assert.Throws<ArgumentException>(() => DataWriter.FormatOf(path)).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Contains(".csv, .tsv, .jsonl or .json", error, StringComparison.Ordinal);
    }

    private static string Written(string name, IReadOnlyList<JsonObject> rows)
    {
        StringWriter output = new() { NewLine = "\n" };
        DataWriter.Write(output, DataWriter.FormatOf(name), rows);
        return output.ToString();
    }
}
