namespace PeftSharp.Data.Tests.Reading;

/// <summary>Lists written as text in the cells of a table.</summary>
public sealed class ListCellTests
{
    [Theory]
    [InlineData("['B-PER', 'O']", "B-PER|O")]
    [InlineData("[\"B-PER\", \"O\"]", "B-PER|O")]
    [InlineData("[0, 1]", "0|1")]
    [InlineData(" [1.0, -2] ", "1.0|-2")]
    [InlineData("('a', 'b')", "a|b")]
    [InlineData("('a',)", "a")]
    [InlineData("{'a', 'b'}", "a|b")]
    [InlineData("[]", "")]
    [InlineData("set()", "")]
    [InlineData("['a' 'b'\n 'c']", "a|b|c")]
    [InlineData("[0 1 0]", "0|1|0")]
    [InlineData("[np.str_('a'), np.int64(3)]", "a|3")]
    [InlineData("[True, False]", "true|false")]
    [InlineData("['it\\'s', \"a, b\", 'x\\n\\u00e9\\x41']", "it's|a, b|x\né" + "A")]
    public void TextList_ListWrittenAsText_IsTheList(string cell, string items) =>
        Assert.Equal(items, string.Join('|', Row(cell).TextList("x")));

    [Theory]
    [InlineData("plain words")]
    [InlineData("[laughs]")]
    [InlineData("[laughs, loudly]")]
    [InlineData("(1)")]
    [InlineData("{}")]
    [InlineData("{'a': 1}")]
    [InlineData("['a', 'b'")]
    [InlineData("['a', 'b' 'c']")]
    [InlineData("['a]")]
    [InlineData("['\\q']")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("[np.array('a']")]
    public void TextList_OtherText_IsNoList(string cell) =>
        Assert.Contains("must hold a list of texts", Assert.Throws<InvalidDataException>(() => Row(cell).TextList("x")).Message, StringComparison.Ordinal);

    [Fact]
    public void TextList_NullInTheList_SaysWhich() =>
        Assert.Contains("\"x[1]\" must hold text, but holds null", Assert.Throws<InvalidDataException>(() => Row("['a', None]").TextList("x")).Message, StringComparison.Ordinal);

    [Fact]
    public void TagColumns_CellsOfLists_AreWordsAndTags()
    {
        TagSample sample = new TagColumns().Read(ReaderHarness.Read("a.csv", "tokens,tags\n\"['Ada', 'lives in']\",\"['B-PER', 'O']\"\n")[0]);
        Assert.Equal(["Ada", "lives in"], sample.Words);
        Assert.Equal(["B-PER", "O"], sample.Tags!);
    }

    [Theory]
    [InlineData("a.csv", "text,label\nx,\"[0, 1]\"\n")]
    [InlineData("a.jsonl", "\n{\"text\": \"x\", \"label\": [0, 1]}\n")]
    public void TextColumns_ListAsLabel_IsRefusedWithRowAndColumn(string name, string content)
    {
        string message = Assert.Throws<InvalidDataException>(() => new TextColumns().Read(ReaderHarness.Read(name, content)[0])).Message;
        Assert.Contains($"{name}, line 2: column \"label\" must hold one label, but holds a list of 2", message, StringComparison.Ordinal);
        Assert.Contains("problem_type: multi_label_classification", message, StringComparison.Ordinal);
    }

    private static DataRow Row(string cell) => DataRow.Of(new RowPlace("f", 1), ("x", cell));
}
