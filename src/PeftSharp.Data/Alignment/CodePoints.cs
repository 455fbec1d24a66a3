namespace PeftSharp.Data;

/// <summary>Positions in a string counted in code points; half a surrogate pair counts as one.</summary>
public static class CodePoints
{
    /// <summary>The number of code points of a text.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; count++)
            i += WidthAt(text, i);
        return count;
    }

    /// <summary>The UTF-16 position of a code point; the length of the text for the position after the last one, −1 beyond.</summary>
    public static int ToUtf16(ReadOnlySpan<char> text, int codePoint)
    {
        if (codePoint < 0)
            return -1;
        int at = 0;
        while (codePoint > 0 && at < text.Length)
        {
            at += WidthAt(text, at);
            codePoint--;
        }

        return codePoint == 0 ? at : -1;
    }

    /// <summary>The part of a text that a span covers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span does not lie in the text.</exception>
    public static string Slice(string text, CodePointSpan span)
    {
        int start = ToUtf16(text, span.Start);
        int end = start < 0 || span.End < span.Start ? -1 : ToUtf16(text.AsSpan(start), span.End - span.Start);
        return end >= 0
            ? text.Substring(start, end)
            : throw new ArgumentOutOfRangeException(nameof(span), span, $"The text has {Count(text)} code points.");
    }

    private static int WidthAt(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;
}
