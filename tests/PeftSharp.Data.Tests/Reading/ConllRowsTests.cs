using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Reading;

public sealed class ConllRowsTests
{
    private const string Sentences = "-DOCSTART- O\n\nAda B-PER\nlived O\n\n\nBrno B-LOC\n";

    [Theory]
    [InlineData("a.conll")]
    [InlineData("a.txt")]
    [InlineData("a.tsv")]
    [InlineData("a.train")]
    [InlineData("a.bio")]
    public void Read_WordALine_IsARowASentence(string name)
    {
        List<DataRow> rows = ReaderHarness.Read(name, Sentences);
        Assert.Equal(["Ada lived", "Brno"], rows.Select(row => string.Join(' ', row.TextList("tokens"))));
        Assert.Equal(["B-PER O", "B-LOC"], rows.Select(row => string.Join(' ', row.TextList("tags"))));
        Assert.Equal([3L, 7L], rows.Select(row => row.Place.Line));
    }

    [Fact]
    public void Read_FourColumnsOfConll2003_TakesTheFirstAndTheLast()
    {
        DataRow row = ReaderHarness.Read("eng.testa", "-DOCSTART- -X- -X- O\r\n\r\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n. . O O\r\n\r\n")[0];
        Assert.Equal(["tokens", "column2", "column3", "tags"], row.Columns);
        Assert.Equal(["EU", "rejects", "."], row.TextList("tokens"));
        Assert.Equal(["B-ORG", "O", "O"], row.TextList("tags"));
    }

    [Fact]
    public void Read_Columns_NamesThem()
    {
        DataRow row = ReaderHarness.Read("a.conll", "New York\tNNP\tB-LOC\n", new() { Columns = ["word", "pos", "ner"] })[0];
        Assert.Equal(["New York"], row.TextList("word"));
        Assert.Equal(["B-LOC"], row.TextList("ner"));
    }

    [Fact]
    public void Read_Comments_AreNoWordsAndTheWordHashIsOne()
    {
        List<DataRow> rows = ReaderHarness.Read("a.conll", "# id = 1\n#2 O\n# O\nAda B-PER\n\n# newdoc\nBrno B-LOC\n# a comment of words\n");
        Assert.Equal(["#2 # Ada", "Brno"], rows.Select(row => string.Join(' ', row.TextList("tokens"))));
    }

    [Fact]
    public void Read_ConllU_LeavesOutContractionsAndEmptyNodes()
    {
        string[] Line(string id, string form, string tag) => [id, form, form, tag, "_", "_", "0", "_", "_", "_"];
        string text = "# text = vamos al mar\n" + string.Join('\n', ((string[][])[Line("1", "vamos", "VERB"), Line("2-3", "al", "_"), Line("2", "a", "ADP"), Line("3", "el", "DET"), Line("3.1", "x", "_"), Line("4", "mar", "NOUN")]).Select(f => string.Join('\t', f))) + "\n\n";
        DataRow row = Assert.Single(ReaderHarness.Read("a.conllu", text));
        Assert.Equal(["vamos", "a", "el", "mar"], row.TextList("form"));
        Assert.Equal(["VERB", "ADP", "DET", "NOUN"], row.TextList("upos"));
    }

    [Theory]
    [InlineData("Ada B-PER\nlived\n", "line 2: 1 field where 2 are expected")]
    [InlineData("\n\n", "is empty")]
    public void Read_BrokenFile_SaysWhere(string text, string message) =>
        Assert.Contains(message, ReaderHarness.Error("a.conll", text), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.txt", "Some prose here\nand there\n\nand more O\n")]
    [InlineData("a.txt", "one O\ntwo O\nthree O\n")]
    public void Read_ProseInATextFile_StaysText(string name, string text) =>
        Assert.True(ReaderHarness.Read(name, text)[0].Has("text"));

    [Fact]
    public void Read_TableThatEndsInALetter_StaysATable() =>
        Assert.Equal("a b", ReaderHarness.Read("a.tsv", "x\ty\na b\tO\nc\tO\n\nd\tB-X\n")[0].Text("x"));

    [Fact]
    public void Read_SharedFault_HasTwoSentences()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        DataRow[] rows = [.. DataReader.Read(SharedFiles.PathOf("faults", "newcomer", "two-columns.conll"))];
        Assert.Equal([6, 6], rows.Select(row => row.TextList("tokens").Count));
    }
}
