using PeftSharp.Text.Pipeline;
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
    public void Encode_TokensOfBlanks_FollowEachOtherInOneStretch()
    {
        // As in HF's library, what one of them swallows does not hide the next one.
        Tokenizer tokenizer = Parse(Json(added: $"[{Added(9, "  ", "right")}]", postProcessor: "null"));
        Encoding encoding = tokenizer.Encode("a    b");
        Assert.Equal([3, 9, 9, 4], encoding.ToIdArray());
        Assert.Equal([new(0, 1), new(1, 5), new(3, 5), new(5, 6)], encoding.Offsets.ToArray());
        Assert.Equal([3, 9], tokenizer.Encode("a   ").ToIdArray());
    }

    [Theory]
    [InlineData("{0}b", "a", 40_000)]
    [InlineData("{0}b", "a", 40_000, true)]
    [InlineData("b{0}", "a", 40_000, true)]
    public void Encode_TokenAsLongAsTheText_TakesLinearTime(string form, string unit, int count, bool hasPart = false)
    {
        string run = string.Concat(Enumerable.Repeat(unit, count));
        string token = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, run);
        string parts = hasPart ? $",{Added(3, unit)}" : "";
        Tokenizer tokenizer = Parse(Json(added: $"[{Added(9, token)}{parts}]", postProcessor: "null"));
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(hasPart ? count : 1, tokenizer.Encode(run).Length);
        Assert.Equal([9], tokenizer.Encode(token).ToIdArray());
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
    }

    [Fact]
    public void FindAll_OfDrawnTokens_SaysWhatTryingEachPlaceSays()
    {
        Random random = new(5);
        for (int round = 0; round < 300; round++)
        {
            string[] tokens = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Draw(1, 5)).Distinct()];
            AddedTokenMatcher matcher = new(tokens.Select((token, id) => (token, new AddedToken(id, token, false, false, false, false, false))));
            string text = Draw(0, 40);
            List<AddedTokenMatch> found = [];
            matcher.FindAll(text, found);
            List<(int, int)> expected = [];
            for (int at = 0; at < text.Length;)
            {
                string? longest = tokens.Where(token => string.CompareOrdinal(text, at, token, 0, token.Length) == 0).MaxBy(token => token.Length);
                if (longest is not null)
                    expected.Add((at, at + longest.Length));
                at += longest?.Length ?? 1;
            }
            Assert.Equal(expected, found.Select(match => (match.Start, match.End)));
        }

        string Draw(int least, int most) => string.Concat(Enumerable.Range(0, random.Next(least, most)).Select(_ => "ab"[random.Next(2)]));
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
