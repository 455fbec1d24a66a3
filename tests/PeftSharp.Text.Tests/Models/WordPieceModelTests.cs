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

    /// <summary>Quadratic in this text or worse would be hours.</summary>
    [Fact]
    public void Encode_LongTokensAndWords_TakesTimeLinearInTheText()
    {
        string token = new('a', 2000);
        string model = $$$"""{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##","max_input_chars_per_word":100000000,"vocab":{"?":0,"a":1,"##a":2,"{{{token}}}":3,"##{{{token}}}b":4}}""";
        Encoding encoding = Parse(Json(model, postProcessor: "null")).Encode(new string('a', 50_000));
        Assert.Equal(48_001, encoding.Length);
        Assert.Equal((3, 2), (encoding.Ids[0], encoding.Ids[^1]));
    }

    [Fact]
    public void Read_TokensAndWordsWithoutEnd_IsRefused()
    {
        string model = $$$"""{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##","max_input_chars_per_word":100000000,"vocab":{"?":0,"{{{new string('a', 3000)}}}":1}}""";
        Assert.Contains("one of them must be at most 2048", ErrorOf(Json(model)), StringComparison.Ordinal);
    }
}
