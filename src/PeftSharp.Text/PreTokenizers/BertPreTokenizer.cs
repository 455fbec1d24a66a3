using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>Cuts at whitespace, which goes, and around every punctuation character, which stays.</summary>
internal sealed class BertPreTokenizer : IPreTokenizer
{
    public static BertPreTokenizer Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new BertPreTokenizer();
    }

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            int start = 0;
            for (int i = 0, length; i < text.Length; i += length)
            {
                CharTraits traits = CharTable.At(text, i, out length) & (CharTraits.WhiteSpace | CharTraits.Punctuation);
                if (traits == CharTraits.None)
                    continue;
                pieces.Add(start, i - start);
                if ((traits & CharTraits.Punctuation) != 0)
                    pieces.Add(i, length);
                start = i + length;
            }
            pieces.Add(start, text.Length - start);
        }
    }
}
