using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>Cuts at every match of a pattern, or with <c>invert</c> at everything between matches.</summary>
internal sealed class SplitPreTokenizer : IPreTokenizer
{
    private readonly ITextPattern _pattern;
    private readonly DelimiterBehavior _behavior;
    private readonly bool _invert;

    public SplitPreTokenizer(ITextPattern pattern, DelimiterBehavior behavior, bool invert)
    {
        _pattern = pattern;
        _behavior = behavior;
        _invert = invert;
    }

    public static SplitPreTokenizer Read(JsonPart part)
    {
        part.AllowOnly("type", "pattern", "behavior", "invert");
        return new SplitPreTokenizer(
            TextPattern.Read(part.Get("pattern")), DelimiterCutter.Read(part.Get("behavior")), part.Get("invert").Bool());
    }

    public void Apply(PieceBuffer pieces)
    {
        List<TextMatch> matches = pieces.Text.Matches;
        pieces.BeginPass();
        while (pieces.Next(out ReadOnlySpan<char> text))
        {
            matches.Clear();
            _pattern.FindMatches(text, matches, pieces.Text.Budget);
            DelimiterCutter cutter = new(pieces, _behavior);
            int covered = 0;
            foreach ((int start, int length) in matches)
            {
                if (start > covered)
                    cutter.Add(covered, start - covered, isDelimiter: _invert);
                cutter.Add(start, length, isDelimiter: !_invert);
                covered = start + length;
            }
            if (text.Length > covered)
                cutter.Add(covered, text.Length - covered, isDelimiter: _invert);
            cutter.Finish();
        }
    }
}
