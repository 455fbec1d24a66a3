using PeftSharp.Data.Tests.Reading;

namespace PeftSharp.Data.Tests.Samples;

public sealed class TagColumnsTests
{
    [Fact]
    public void Read_ListsOrText_GivesWordsAndTags()
    {
        TagSample list = Read("{\"tokens\": [\"New York\", \"is\"], \"tags\": [1, 0]}");
        Assert.Equal(["New York", "is"], list.Words);
        Assert.Equal(["1", "0"], list.Tags!);
        TagSample text = Read("{\"tokens\": \" New  York is \", \"tags\": \"B I O\"}");
        Assert.Equal(["New", "York", "is"], text.Words);
        Assert.Equal(["B", "I", "O"], text.Tags!);
        Assert.Null(new TagColumns(Tags: null).Read(ReaderHarness.Read("a.jsonl", "{\"tokens\": \"x\"}")[0]).Tags);
    }

    [Theory]
    [InlineData("{\"tokens\": [\"a\"], \"tags\": [\"O\", \"O\"]}", "1 words in column \"tokens\" and 2 tags in \"tags\"")]
    [InlineData("{\"tokens\": [], \"tags\": []}", "has no words")]
    [InlineData("{\"tokens\": [\"a\", \"\"], \"tags\": [\"O\", \"O\"]}", "\"tokens[1]\" is empty")]
    [InlineData("{\"tokens\": [\"a\"], \"tags\": [null]}", "\"tags[0]\" must hold text, but holds null")]
    [InlineData("{\"tokens\": null, \"tags\": []}", "\"tokens\" must hold text, but holds null")]
    public void Read_BadRow_SaysFileAndLine(string json, string message)
    {
        string error = Assert.Throws<InvalidDataException>(() => Read(json)).Message;
        Assert.Contains("a.jsonl, line 1: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static TagSample Read(string json) => new TagColumns().Read(ReaderHarness.Read("a.jsonl", json)[0]);
}
