using System.Text.Json;
using CsCheck;
using PeftSharp.Testing;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;

namespace PeftSharp.Text.Tests.Patterns;

/// <summary>The scanners by hand against the expressions that they stand for.</summary>
public sealed class ScannerTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Before = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string After = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] s_parts =
    [
        "a", "B", "é", "1", "²", " ", " ", "\n", "\r", "\t", "\u00A0", "\u0085", "'", "'s", "'RE", "'ll", "!", "_", "\u0301",
        "\U0001F600", "\U0001D4D0", "\U0001D7D8", "中", "\u200D", "\0",
    ];

    private static readonly Gen<string> s_text = Gen.Int[0, s_parts.Length - 1].Array[0, 14].Select(picks => string.Concat(picks.Select(p => s_parts[p])));

    [Fact]
    public void Gpt2_RandomText_EqualsItsExpression()
    {
        RegexPattern regex = Regex(Gpt2);
        s_text.SampleSeeded(text => Find(regex, text).SequenceEqual(Gpt2Matches(text)), iter: 20_000, threads: 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{1,3}")]
    public void Llama3_RandomText_EqualsItsExpression(string digits)
    {
        RegexPattern regex = Regex(Before + digits + After);
        Llama3Pattern scanner = Llama3Pattern.TryCreate(Before + digits + After)!;
        s_text.SampleSeeded(text => Find(regex, text).SequenceEqual(Find(scanner, text)), iter: 20_000, threads: 1);
    }

    [Fact]
    public void Llama3_AnotherExpression_IsNotTaken() => Assert.Null(Llama3Pattern.TryCreate(Before + "{1,4}" + After));

    private static List<TextMatch> Gpt2Matches(string text)
    {
        List<TextMatch> matches = [];
        for (int start = 0; start < text.Length; start += matches[^1].Length)
            matches.Add(new TextMatch(start, Gpt2Pattern.Match(text, start)));
        return matches;
    }

    private static RegexPattern Regex(string expression) =>
        RegexPattern.Create(new JsonPart(JsonDocument.Parse(JsonSerializer.Serialize(expression)).RootElement, "file.json"));

    private static List<TextMatch> Find(ITextPattern pattern, string text)
    {
        List<TextMatch> matches = [];
        TimeBudget budget = new();
        budget.Begin(text.Length);
        pattern.FindMatches(text, matches, budget);
        return matches;
    }
}
