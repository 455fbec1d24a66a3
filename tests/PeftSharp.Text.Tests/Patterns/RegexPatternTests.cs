using System.Text.Json;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;

namespace PeftSharp.Text.Tests.Patterns;

public sealed class RegexPatternTests
{
    [Theory]
    [InlineData(@"\p{L}+", "ab \U0001D4D0\U0001D4D1 c", "0+2 3+4 8+1")]
    [InlineData(@"\p{N}", "1\U0001D7D8x", "0+1 1+2")]
    [InlineData(@"[^\s\p{L}\p{N}]+", "a\U0001F600\U0001F601 b", "1+4")]
    [InlineData(".", "\U0001F600", "0+2")]
    [InlineData(@"\w+", "हिन्दी में", "0+6 7+3")]
    [InlineData(@"\W+", "a, b", "1+2")]
    [InlineData(@"[\w-]+", "a-b c", "0+3 4+1")]
    [InlineData(@"(?i:AB)", "xaB", "1+2")]
    [InlineData(@"x(?=y)", "xyx", "0+1")]
    public void FindMatches_OfCharacters_AreWhole(string expression, string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Find(Create(expression), text).Select(m => $"{m.Start}+{m.Length}")));

    [Theory]
    [InlineData(@"\h", "0aG", "0+1 1+1")]
    [InlineData("^a", "aba\na", "0+1 4+1")]
    [InlineData("a$", "aba\na", "2+1 4+1")]
    [InlineData(@"\Aa|a\z", "aba\na", "0+1 4+1")]
    [InlineData(@"\ba", "a ba a", "0+1 5+1")]
    [InlineData(@"[\W]", "a-", "1+1")]
    [InlineData("[a-c&&[^b]]+", "abca", "0+1 2+2")]
    [InlineData(" ?[^(\\s|[.,])]+", "ab, cd|e", "0+2 3+3 7+1")]
    [InlineData("[[:digit:]x]+", "a12x", "1+3")]
    [InlineData("(?m:a.b)", "a\nb", "0+3")]
    [InlineData("a.b", "a\nb", "")]
    [InlineData("(?<name>a)b", "ab", "0+2")]
    [InlineData(@"\p{Han}+", "a漢字か\U00020000", "1+2 4+2")]
    [InlineData("a++b|a", "aab", "0+3")]
    [InlineData("a?+ab", "ab", "")]
    [InlineData("\U0001F600+", "\U0001F600\U0001F600\U0001F601", "0+4")]
    [InlineData("[\U00010400-\U0001044F]", "\U00010401a", "0+2")]
    [InlineData(@"(?i)k|B", "Kb\u212A", "0+1 1+1 2+1")]
    [InlineData("(?i:[^k])", "Kkx", "2+1")]
    [InlineData("a{,2}b", "aaab", "1+3")]
    [InlineData("a{2}?b", "aabb", "0+3 3+1")]
    [InlineData("a{x", "a{x", "0+3")]
    [InlineData("a*", "baac", "0+0 1+2 4+0")]
    [InlineData(@"\x41\u0042\x{43}\t", "ABC\t", "0+4")]
    [InlineData("a(?#a note)b", "ab", "0+2")]
    public void FindMatches_InOnigurumasDialect_AreThoseOfOniguruma(string expression, string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Find(Create(expression), text).Select(m => $"{m.Start}+{m.Length}")));

    /// <summary>The expressions of GPT-4 and of DeepSeek's first models, whose pieces leave nothing out of this text.</summary>
    [Theory]
    [InlineData(@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        "I'VE 12345 x!!\n  ok", "I|'VE| |123|45| x|!!\n| | ok")]
    [InlineData(@"[一-龥ࠀ-一가-퟿]+|\s+$", "a漢字 \uAC00b  ", "漢字|\uAC00|  ")]
    public void FindMatches_ExpressionsOfModels_CutAsTheyShould(string expression, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Find(Create(expression), text).Select(m => text.Substring(m.Start, m.Length))));

    [Theory]
    [InlineData(@"(a)\1")]
    [InlineData(@"\k<a>")]
    [InlineData(@"\R")]
    [InlineData(@"\X")]
    [InlineData(@"\G")]
    [InlineData("[[:alpha:]]")]
    [InlineData(@"\p{Klingon}")]
    [InlineData("(?x:a b)")]
    [InlineData("[b-a]")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a)")]
    [InlineData("a{100000}")]
    [InlineData("(a")]
    [InlineData("a\\")]
    public void Create_WhatIsNotSupported_IsRefused(string expression)
    {
        string message = Assert.Throws<InvalidDataException>(() => Create(expression)).Message;
        Assert.StartsWith("file.json: $: ", message, StringComparison.Ordinal);
        Assert.Contains("not supported", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]a]", "]", 1)]
    [InlineData("[^]a]", "]b", 1)]
    [InlineData(@"\^\$", "^$", 1)]
    public void Create_BracketsAndEscapesForThemselves_AreTaken(string expression, string text, int matches) =>
        Assert.Equal(matches, Find(Create(expression), text).Count);

    [Fact]
    [Trait("Category", "Slow")]
    public void FindMatches_ExpressionOfExponentialTime_IsStopped() => Assert.Contains(
        "took longer",
        Assert.Throws<InvalidDataException>(() => Find(Create("(a|aa)+(?=b)"), new string('a', 60))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void FindMatches_ExpressionOfExponentialTimeWithoutLookAround_EndsSoon() =>
        Assert.Empty(Find(Create("(a|aa)+b"), new string('a', 60_000)));

    [Fact]
    [Trait("Category", "Slow")]
    public void FindMatches_ManySlowMatchesOfOneText_AreStoppedTogether()
    {
        // Each of the stretches takes some tenths of a second: within the limit of a match, and minutes in all.
        string text = string.Concat(Enumerable.Repeat(new string('a', 33) + "c", 180));
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Contains("took longer", Assert.Throws<InvalidDataException>(() => Find(Create("(a|aa)+(?=b)|c"), text)).Message, StringComparison.Ordinal);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 30);
    }

    private static RegexPattern Create(string expression) =>
        RegexPattern.Create(new JsonPart(JsonDocument.Parse(JsonSerializer.Serialize(expression)).RootElement, "file.json"));

    private static List<TextMatch> Find(RegexPattern pattern, string text)
    {
        List<TextMatch> matches = [];
        TimeBudget budget = new();
        budget.Begin(text.Length);
        pattern.FindMatches(text, matches, budget);
        return matches;
    }
}
