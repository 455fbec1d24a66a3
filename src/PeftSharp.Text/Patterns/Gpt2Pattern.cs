using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Patterns;

/// <summary>
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>
/// by hand: over whole characters, where .NET's expressions see halves of surrogate pairs.
/// </summary>
internal static class Gpt2Pattern
{
    private const CharTraits Classes = CharTraits.Letter | CharTraits.Number | CharTraits.WhiteSpace;

    /// <summary>Length of the match at <paramref name="start"/>, at least 1: the pattern leaves nothing out.</summary>
    public static int Match(ReadOnlySpan<char> text, int start)
    {
        char c = text[start];
        if (c == '\'' && Contraction.Length(text[start..], ignoreCase: false) is var contraction and > 0)
            return contraction;
        int body = c == ' ' && start + 1 < text.Length ? start + 1 : start;
        CharTraits kind = CharTable.At(text, body, out _) & Classes;
        if ((kind & CharTraits.WhiteSpace) == 0)
            return RunEnd(text, body, kind) - start;
        int end = RunEnd(text, start, CharTraits.WhiteSpace);
        // \s+(?!\S): all of it at the end of the text, else all but the last, which goes with what follows if it can.
        return end == text.Length || end - start == 1 ? end - start : end - start - 1;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int from, CharTraits kind)
    {
        int at = from;
        while (at < text.Length && (CharTable.At(text, at, out int length) & Classes) == kind)
            at += length;
        return at;
    }
}
