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
                Write(pieces, 0, text.Length);
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
            Write(pieces, start, length);
            start += length;
        }
    }

    private static void Write(PieceBuffer pieces, int start, int length)
    {
        ByteGlyphWriter.Write(pieces.Text, pieces.PieceStart + start, length);
        pieces.ClosePiece();
    }
}
