using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests.Models;

public sealed class WordPieceModelTests
{
    [Theory]
    [InlineData("ab", new[] { 6 })]
    [InlineData("abb", new[] { 6, 5 })]
    [InlineData("bb", new[] { 4, 5 })]
    [InlineData("abc", new[] { 0 })]
    [InlineData("xab", new[] { 0 })]
    public void Encode_Word_TakesTheLongestFromTheLeftOrIsUnknown(string word, int[] expected)
    {
        Tokenizer tokenizer = Parse(Json(postProcessor: "null"));
        Assert.Equal(expected, tokenizer.Encode(word).ToIdArray());
        Assert.Equal(expected, tokenizer.Encode(word).ToIdArray());
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(101, 1)]
    public void Encode_WordOfManyCharacters_IsUnknownAboveTheLimit(int length, int tokens) =>
        Assert.Equal(tokens, Parse(Json(postProcessor: "null")).Encode(new string('b', length)).Length);

    [Fact]
    public void Encode_Limit_CountsCharactersAndNotUnits()
    {
        const string Model = """{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"","max_input_chars_per_word":3,"vocab":{"?":0,"😀":1}}""";
        Assert.Equal([1, 1, 1], Parse(Json(Model, postProcessor: "null")).Encode("😀😀😀").ToIdArray());
        Assert.Equal([0], Parse(Json(Model, postProcessor: "null")).Encode("😀😀😀😀").ToIdArray());
    }
}
