using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>Cuts at every occurrence of one character, which goes.</summary>
internal sealed class CharDelimiterSplit : IPreTokenizer
{
    private readonly string _delimiter;

    public CharDelimiterSplit(Rune delimiter) => _delimiter = delimiter.ToString();

    public static CharDelimiterSplit Read(JsonPart part)
    {
        part.AllowOnly("type", "delimiter");
        return new CharDelimiterSplit(part.Get("delimiter").Character());
    }

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            int start = 0;
            for (int found; (found = text[start..].IndexOf(_delimiter, StringComparison.Ordinal)) >= 0; start += found + _delimiter.Length)
                pieces.Add(start, found);
            pieces.Add(start, text.Length - start);
        }
    }
}
