using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Unicode;

/// <summary>Writes a stretch of a text as byte glyphs. Each glyph of a character stands for the whole character.</summary>
internal static class ByteGlyphWriter
{
    public static void Write(NormalizedText text, int start, int length)
    {
        ReadOnlySpan<char> chars = text.Chars;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = start, end = start + length; i < end;)
        {
            int ascii = chars[i..end].IndexOfAnyExceptInRange('\0', '\x7F');
            if (ascii != 0)
            {
                ascii = ascii < 0 ? end - i : ascii;
                foreach (ref char c in text.KeepForEdit(i, ascii))
                    c = ByteGlyphs.Of((byte)c);
                i += ascii;
                continue;
            }
            int count = CharTable.RuneAt(chars, i, out int units).EncodeToUtf8(utf8);
            foreach (byte value in utf8[..count])
                text.Emit(ByteGlyphs.Of(value), i, i + units);
            i += units;
        }
    }
}
