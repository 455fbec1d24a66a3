using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>Cuts every so many characters.</summary>
internal sealed class FixedLengthPreTokenizer : IPreTokenizer
{
    private const int DefaultLength = 5;

    private readonly int _length;

    public FixedLengthPreTokenizer(int length) => _length = length;

    public static FixedLengthPreTokenizer Read(JsonPart part)
    {
        part.AllowOnly("type", "length");
        int length = part.Find("length")?.Count() ?? DefaultLength;
        return length > 0 ? new FixedLengthPreTokenizer(length) : throw part.Error("\"length\" must be at least 1.");
    }

    public void Apply(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = start;
                for (int count = 0; count < _length && end < text.Length; count++)
                {
                    CharTable.RuneAt(text, end, out int units);
                    end += units;
                }
                pieces.Add(start, end - start);
            }
        }
    }
}
