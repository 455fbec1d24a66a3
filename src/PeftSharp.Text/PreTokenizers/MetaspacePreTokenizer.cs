using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>
/// SentencePiece's pre-tokenizer: a mark in place of every space, optionally one in front, optionally a cut before each.
/// </summary>
internal sealed class MetaspacePreTokenizer : IPreTokenizer
{
    private readonly string _mark;
    private readonly PrependScheme _scheme;
    private readonly bool _split;

    public MetaspacePreTokenizer(Rune mark, PrependScheme scheme, bool split)
    {
        _mark = mark.ToString();
        _scheme = scheme;
        _split = split;
    }

    public static MetaspacePreTokenizer Read(JsonPart part)
    {
        MetaspaceOptions options = MetaspaceOptions.Read(part);
        return new MetaspacePreTokenizer(options.Replacement, options.Scheme, options.Split);
    }

    public void Apply(PieceBuffer pieces)
    {
        MarkSpaces(pieces);
        if (_split)
            Cut(pieces);
    }

    private void MarkSpaces(PieceBuffer pieces)
    {
        pieces.BeginRewrite();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            if (_scheme != PrependScheme.Never && text[0] != ' ' && !text.StartsWith(_mark, StringComparison.Ordinal)
                && (_scheme == PrependScheme.Always || pieces.OriginalStart == 0))
            {
                // It shares the origin of the first character.
                CharTable.RuneAt(text, 0, out int first);
                pieces.Text.Emit(_mark, pieces.PieceStart, pieces.PieceStart + first);
            }
            if (_mark.Length == 1)
                pieces.KeepForEdit(0, text.Length).Replace(' ', _mark[0]);
            else
                MarkEach(pieces, text);
            pieces.ClosePiece();
        }
    }

    private void MarkEach(PieceBuffer pieces, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == ' ')
                pieces.Text.Emit(_mark, pieces.PieceStart + i, pieces.PieceStart + i + 1);
            else
                pieces.Keep(i, 1);
        }
    }

    private void Cut(PieceBuffer pieces)
    {
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            int start = 0;
            for (int at = 1; at < text.Length; at++)
            {
                int next = text[at..].IndexOf(_mark, StringComparison.Ordinal);
                if (next < 0)
                    break;
                at += next;
                pieces.Add(start, at - start);
                start = at;
            }
            pieces.Add(start, text.Length - start);
        }
    }
}
