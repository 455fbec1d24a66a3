using System.Globalization;
using System.Text.Json;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.Unicode;

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
    [InlineData("^a")]
    [InlineData("a$")]
    [InlineData(@"\ba")]
    [InlineData(@"\Aa")]
    [InlineData(@"\h")]
    [InlineData(@"[\W]")]
    [InlineData("[a&&b]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("(?m:a.b)")]
    [InlineData("(?<name>a)")]
    [InlineData(@"\p{Han}")]
    [InlineData("a++")]
    [InlineData("\U0001F600")]
    [InlineData("(a")]
    [InlineData("a\\")]
    public void Create_WhatDotNetReadsDifferently_IsRefused(string expression)
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
        Assert.Throws<InvalidDataException>(() => Find(Create("(a+)+!(?=b)"), new string('a', 60))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void FindMatches_ExpressionOfExponentialTimeWithoutLookAround_EndsSoon() =>
        Assert.Empty(Find(Create("(a+)+!"), new string('a', 60_000)));

    [Fact]
    [Trait("Category", "Slow")]
    public void FindMatches_ManySlowMatchesOfOneText_AreStoppedTogether()
    {
        // Each of the stretches takes some tenths of a second: within the limit of a match, and minutes in all.
        string text = string.Concat(Enumerable.Repeat(new string('a', 22) + "c", 180));
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Contains("took longer", Assert.Throws<InvalidDataException>(() => Find(Create("(a+)+!(?=b)|c"), text)).Message, StringComparison.Ordinal);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 30);
    }

    [Fact]
    public void CategoryStandIn_OfEveryCategory_IsOfThatCategory()
    {
        HashSet<UnicodeCategory> beyondBasicPlane = [];
        for (int value = 0x10000; value <= 0x10FFFF; value++)
            beyondBasicPlane.Add(CharUnicodeInfo.GetUnicodeCategory(value));
        foreach (UnicodeCategory category in beyondBasicPlane)
            Assert.Equal(category, char.GetUnicodeCategory(CategoryStandIn.For(category)));
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
