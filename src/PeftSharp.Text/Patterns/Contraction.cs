namespace PeftSharp.Text.Patterns;

/// <summary>English contractions: <c>'s|'t|'re|'ve|'m|'ll|'d</c>.</summary>
internal static class Contraction
{
    /// <summary>Length of the contraction that the text begins with, 0 if there is none.</summary>
    /// <param name="text">A text that begins with an apostrophe.</param>
    /// <param name="ignoreCase">Whether capitals count, and the long s, which folds to s.</param>
    public static int Length(ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (text.Length < 2)
            return 0;
        char first = Fold(text[1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
            return 2;
        if (text.Length < 3)
            return 0;
        return (first, Fold(text[2], ignoreCase)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char c, bool ignoreCase)
    {
        if (!ignoreCase)
            return c;
        return c == '\u017F' ? 's' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
    }
}
