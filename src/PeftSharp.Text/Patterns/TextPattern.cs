using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Patterns;

/// <summary>Reads <c>{"String": …}</c> or <c>{"Regex": …}</c>. Well-known expressions are scanned by hand.</summary>
internal static class TextPattern
{
    public static ITextPattern Read(JsonPart part)
    {
        part.AllowOnly("String", "Regex");
        if (part.Find("String") is { } literal)
        {
            return literal.String().Length > 0
                ? new LiteralPattern(literal.String())
                : throw literal.Error("the pattern is empty.");
        }
        JsonPart regex = part.Get("Regex");
        return (ITextPattern?)Llama3Pattern.TryCreate(regex.String()) ?? RegexPattern.Create(regex);
    }

    /// <summary>A text that stands for itself.</summary>
    public static ITextPattern Literal(string text) => new LiteralPattern(text);

    /// <summary>An expression of the library's own.</summary>
    public static ITextPattern Regex(string expression) => RegexPattern.Create(expression, "the tokenizer");

    private sealed class LiteralPattern(string literal) : ITextPattern
    {
        public void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget)
        {
            for (int from = 0; text[from..].IndexOf(literal, StringComparison.Ordinal) is var skip and >= 0; from += skip + literal.Length)
                matches.Add(new TextMatch(from + skip, literal.Length));
        }
    }
}
