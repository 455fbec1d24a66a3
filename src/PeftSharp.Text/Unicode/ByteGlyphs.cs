namespace PeftSharp.Text.Unicode;

/// <summary>
/// GPT-2's way to write any byte as a printable character: printable Latin-1 bytes stand for themselves, the 68 others
/// for U+0100 and up, in order.
/// </summary>
internal static class ByteGlyphs
{
    private static readonly char[] s_glyphs = BuildGlyphs();
    private static readonly short[] s_bytes = BuildBytes();

    /// <summary>How a space is written.</summary>
    public const char Space = '\u0120';

    public static char Of(byte value) => s_glyphs[value];

    /// <summary>The byte of a glyph, or −1 if the character is none.</summary>
    public static int ByteOf(char glyph) => glyph < s_bytes.Length ? s_bytes[glyph] : -1;

    /// <summary>Appends the bytes that a token stands for: its glyphs' bytes, or its UTF-8 if any character is no glyph.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        foreach (char c in token)
        {
            if (ByteOf(c) < 0)
            {
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                return;
            }
        }
        foreach (char c in token)
            bytes.Add((byte)s_bytes[c]);
    }

    private static char[] BuildGlyphs()
    {
        char[] glyphs = new char[256];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            glyphs[value] = printable ? (char)value : (char)next++;
        }
        return glyphs;
    }

    private static short[] BuildBytes()
    {
        short[] bytes = new short[s_glyphs.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[s_glyphs[value]] = (short)value;
        return bytes;
    }
}
