using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Writes something in place of every match of a pattern; it has the origin of the match's last character.</summary>
internal sealed class Replace : INormalizer
{
    private readonly ITextPattern _pattern;
    private readonly string _content;

    public Replace(ITextPattern pattern, string content)
    {
        _pattern = pattern;
        _content = content;
    }

    public static Replace Read(JsonPart part)
    {
        part.AllowOnly("type", "pattern", "content");
        return new Replace(TextPattern.Read(part.Get("pattern")), part.Get("content").String());
    }

    public void Apply(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        text.Matches.Clear();
        if (chars.Length > 0)
            _pattern.FindMatches(chars, text.Matches, text.Budget);
        if (text.Matches.Count == 0)
            return;
        int kept = 0;
        foreach ((int start, int length) in text.Matches)
        {
            text.Keep(kept, start - kept);
            kept = start + length;
            Write(text, chars, kept);
        }
        text.Keep(kept, chars.Length - kept);
        text.Commit();
    }

    private void Write(NormalizedText text, ReadOnlySpan<char> chars, int end)
    {
        int last = CharTable.StartBefore(chars, end);
        if (last < end)
            text.Emit(_content, last, end);
        else
            foreach (System.Text.Rune rune in _content.EnumerateRunes())
                text.EmitInFront(rune);
    }
}
