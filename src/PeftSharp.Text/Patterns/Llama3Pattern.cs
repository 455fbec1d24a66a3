using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Patterns;

/// <summary>
/// The expression of Llama 3, Qwen 2 and their kin, by hand and over whole characters:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>,
/// with one digit or up to three.
/// </summary>
internal sealed class Llama3Pattern : ITextPattern
{
    private const CharTraits Classes = CharTraits.Letter | CharTraits.Number | CharTraits.WhiteSpace;
    private const string Before = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string After = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly int _maxDigits;

    private Llama3Pattern(int maxDigits) => _maxDigits = maxDigits;

    /// <summary>Qwen 2's: every digit alone.</summary>
    public static Llama3Pattern OneDigit { get; } = new(1);

    /// <summary>The scanner for this expression, or null if it is another.</summary>
    public static Llama3Pattern? TryCreate(string expression) => expression switch
    {
        Before + After => new Llama3Pattern(1),
        Before + "{1,3}" + After => new Llama3Pattern(3),
        _ => null,
    };

    public void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget)
    {
        for (int start = 0; start < text.Length; start += matches[^1].Length)
            matches.Add(new TextMatch(start, Match(text, start)));
    }

    private int Match(ReadOnlySpan<char> text, int start)
    {
        char c = text[start];
        if (c == '\'' && Contraction.Length(text[start..], ignoreCase: true) is var contraction and > 0)
            return contraction;

        CharTraits kind = KindAt(text, start, out int firstLength);
        int second = start + firstLength;
        CharTraits secondKind = second < text.Length ? KindAt(text, second, out _) : CharTraits.None;
        if (kind == CharTraits.Letter)
            return RunEnd(text, start, kind, int.MaxValue) - start;
        if (kind != CharTraits.Number && c is not ('\r' or '\n') && secondKind == CharTraits.Letter)
            return RunEnd(text, second, CharTraits.Letter, int.MaxValue) - start;
        if (kind == CharTraits.Number)
            return RunEnd(text, start, kind, _maxDigits) - start;
        if (kind == CharTraits.None || (c == ' ' && second < text.Length && secondKind == CharTraits.None))
            return NewlinesEnd(text, RunEnd(text, kind == CharTraits.None ? start : second, CharTraits.None, int.MaxValue)) - start;
        return MatchWhitespace(text, start);
    }

    private static int MatchWhitespace(ReadOnlySpan<char> text, int start)
    {
        int end = RunEnd(text, start, CharTraits.WhiteSpace, int.MaxValue);
        int lastNewline = text[start..end].LastIndexOfAny('\r', '\n');
        if (lastNewline >= 0)
            return lastNewline + 1;
        // \s+(?!\S): all of it at the end of the text, else all but the last.
        return end == text.Length || end - start == 1 ? end - start : end - start - 1;
    }

    private static int NewlinesEnd(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length && text[from] is ('\r' or '\n'))
            from++;
        return from;
    }

    private static CharTraits KindAt(ReadOnlySpan<char> text, int index, out int length) =>
        CharTable.At(text, index, out length) & Classes;

    private static int RunEnd(ReadOnlySpan<char> text, int from, CharTraits kind, int maxCount)
    {
        int at = from;
        for (int count = 0; count < maxCount && at < text.Length && KindAt(text, at, out int length) == kind; count++)
            at += length;
        return at;
    }
}
