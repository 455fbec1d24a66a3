using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests.Pipeline;

public sealed class AddedTokenTests
{
    [Theory]
    [InlineData("", "a<x>b", new[] { 3, 9, 4 }, new[] { 1, 4 })]
    [InlineData("", "a  <x>  b", new[] { 3, 9, 4 }, new[] { 3, 6 })]
    [InlineData("left", "a  <x>  b", new[] { 3, 9, 4 }, new[] { 1, 6 })]
    [InlineData("right", "a  <x>  b", new[] { 3, 9, 4 }, new[] { 3, 8 })]
    [InlineData("left right", "a  <x>  b", new[] { 3, 9, 4 }, new[] { 1, 8 })]
    [InlineData("single", "a <x> b", new[] { 3, 9, 4 }, new[] { 2, 5 })]
    [InlineData("single", "a<x> b", new[] { 0, 4 }, null)]
    [InlineData("single", "\U0001D4D0<x>", new[] { 0 }, null)]
    [InlineData("single", "\U0001F600<x>", new[] { 0, 9 }, new[] { 1, 4 })]
    public void Encode_Flags_DecideWhereATokenMatches(string flags, string text, int[] expected, int[]? offset)
    {
        Encoding encoding = Parse(Json(added: $"[{Added(9, "<x>", flags)}]", postProcessor: "null")).Encode(text);
        Assert.Equal(expected, encoding.ToIdArray());
        if (offset is not null)
            Assert.Equal(new TokenOffset(offset[0], offset[1]), encoding.Offsets[Array.IndexOf(expected, 9)]);
    }

    [Fact]
    public void Encode_TokensThatOverlap_TakesTheLeftmostAndLongest()
    {
        Tokenizer tokenizer = Parse(Json(added: $"[{Added(9, "<a")},{Added(10, "<a>")},{Added(11, "a><")}]", postProcessor: "null"));
        Assert.Equal([10, 9], tokenizer.Encode("<a><a").ToIdArray());
        Assert.Equal([10, 10], tokenizer.Encode("<a><a>").ToIdArray());
    }

    [Fact]
    public void Encode_NormalizedToken_MatchesWhatNormalizesToIt()
    {
        Tokenizer tokenizer = Parse(Json(
            added: $"[{Added(9, "New", "normalized")},{Added(10, "Raw")}]", normalizer: """{"type":"Lowercase"}""", postProcessor: "null"));
        Encoding encoding = tokenizer.Encode("new NEW Raw raw");
        Assert.Equal([9, 9, 10, 0], encoding.ToIdArray());
        Assert.Equal(["new", "new", "Raw", "[UNK]"], encoding.Tokens);
        Assert.Equal([0, 1, 2, 3], encoding.WordIds.ToArray());
        Assert.Equal("new new Raw", tokenizer.Decode([9, 9, 10]));
    }

    [Fact]
    public void Decode_SpecialToken_IsSkippedUnlessAskedFor()
    {
        Tokenizer tokenizer = Parse(Json(added: $"[{Added(9, "<s>", "special")},{Added(10, "<p>")}]"));
        Assert.Equal("a <p>", tokenizer.Decode([9, 3, 10]));
        Assert.Equal("<s> a <p>", tokenizer.Decode([9, 3, 10], skipSpecialTokens: false));
    }
}
