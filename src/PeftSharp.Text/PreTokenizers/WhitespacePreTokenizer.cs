using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary><c>\w+|[^\w\s]+</c>: words and what stands between words and whitespace.</summary>
internal sealed class WhitespacePreTokenizer : IPreTokenizer
{
    private const CharTraits Classes = CharTraits.Word | CharTraits.WhiteSpace;

    public static WhitespacePreTokenizer Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new WhitespacePreTokenizer();
    }

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            int start = 0;
            CharTraits kind = CharTraits.WhiteSpace;
            for (int i = 0, length; i < text.Length; i += length)
            {
                CharTraits next = CharTable.At(text, i, out length) & Classes;
                if (next == kind)
                    continue;
                AddUnlessSpace(pieces, start, i - start, kind);
                start = i;
                kind = next;
            }
            AddUnlessSpace(pieces, start, text.Length - start, kind);
        }
    }

    private static void AddUnlessSpace(PieceBuffer pieces, int start, int length, CharTraits kind)
    {
        if (kind != CharTraits.WhiteSpace)
            pieces.Add(start, length);
    }
}
