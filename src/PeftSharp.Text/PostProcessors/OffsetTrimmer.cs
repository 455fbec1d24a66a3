using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PostProcessors;

/// <summary>Takes the whitespace at both ends of byte-level tokens out of their offsets.</summary>
internal static class OffsetTrimmer
{
    // index is the token's place in its sequence; addedPrefixSpace says whether the pre-tokenizer put a space in front,
    // which has no place in the text.
    public static TokenOffset Trim(int index, ReadOnlySpan<char> token, TokenOffset offset, bool addedPrefixSpace)
    {
        int leading = 0, trailing = 0;
        while (leading < token.Length && IsSpace(token[leading]))
            leading++;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            trailing++;
        (int start, int end) = offset;
        // A single space at the beginning is the one that was put there.
        bool isPrefix = addedPrefixSpace && leading == 1 && (index == 0 || start == 0);
        if (!isPrefix)
            start = Math.Min(start + leading, end);
        if (trailing > 0 && end >= trailing)
            end = Math.Max(end - trailing, start);
        return new TokenOffset(start, end);
    }

    private static bool IsSpace(char c) => c == ByteGlyphs.Space || (CharTable.Of(c) & CharTraits.WhiteSpace) != 0;
}
