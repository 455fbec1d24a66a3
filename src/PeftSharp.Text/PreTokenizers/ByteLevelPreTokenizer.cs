using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>
/// GPT-2's pre-tokenizer: optionally a space in front, optionally a cut by <see cref="Gpt2Pattern"/>, then every UTF-8
/// byte written as a glyph. Each glyph of a character stands for the whole character.
/// </summary>
internal sealed class ByteLevelPreTokenizer : IPreTokenizer
{
    private readonly bool _addPrefixSpace;
    private readonly bool _cut;

    public ByteLevelPreTokenizer(bool addPrefixSpace, bool cut)
    {
        _addPrefixSpace = addPrefixSpace;
        _cut = cut;
    }

    public static ByteLevelPreTokenizer Read(JsonPart part)
    {
        ByteLevelOptions options = ByteLevelOptions.Read(part);
        return new ByteLevelPreTokenizer(options.AddPrefixSpace, options.UseRegex);
    }

    public void Apply(PieceBuffer pieces)
    {
        if (_addPrefixSpace)
            AddPrefixSpaces(pieces);
        pieces.BeginRewrite();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            if (_cut)
                CutAndWrite(pieces, text);
            else
                Write(pieces, text, 0, text.Length);
        }
    }

    private static void AddPrefixSpaces(PieceBuffer pieces)
    {
        pieces.BeginRewrite();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            if (text[0] != ' ')
            {
                // It shares the origin of the first character.
                CharTable.RuneAt(text, 0, out int firstLength);
                pieces.Emit(' ', 0, firstLength);
            }
            pieces.Keep(0, text.Length);
            pieces.ClosePiece();
        }
    }

    private static void CutAndWrite(PieceBuffer pieces, ReadOnlySpan<char> text)
    {
        for (int start = 0; start < text.Length;)
        {
            int length = Gpt2Pattern.Match(text, start);
            Write(pieces, text, start, length);
            start += length;
        }
    }

    private static void Write(PieceBuffer pieces, ReadOnlySpan<char> text, int start, int length)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = start, end = start + length; i < end;)
        {
            int ascii = text[i..end].IndexOfAnyExceptInRange('\0', '\x7F');
            if (ascii != 0)
            {
                ascii = ascii < 0 ? end - i : ascii;
                foreach (ref char c in pieces.KeepForEdit(i, ascii))
                    c = ByteGlyphs.Of((byte)c);
                i += ascii;
                continue;
            }
            int count = CharTable.RuneAt(text, i, out int units).EncodeToUtf8(utf8);
            foreach (byte value in utf8[..count])
                pieces.Emit(ByteGlyphs.Of(value), i, i + units);
            i += units;
        }
        pieces.ClosePiece();
    }
}
