using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns;

namespace PeftSharp.Text.Decoders;

/// <summary>Writes something in place of every match of a pattern, token by token.</summary>
internal sealed class ReplaceDecoder : IDecoder
{
    private readonly ITextPattern _pattern;
    private readonly string _content;
    private readonly bool _local;

    // local: matches are single characters, so that what follows a token changes nothing in it.
    public ReplaceDecoder(ITextPattern pattern, string content, bool local)
    {
        _pattern = pattern;
        _content = content;
        _local = local;
    }

    public static ReplaceDecoder Read(JsonPart part)
    {
        part.AllowOnly("type", "pattern", "content");
        JsonPart pattern = part.Get("pattern");
        ITextPattern read = TextPattern.Read(pattern);
        return new ReplaceDecoder(read, part.Get("content").String(), pattern.Find("String")?.String().Length == 1);
    }

    public void Apply(List<string> tokens)
    {
        TimeBudget budget = new();
        budget.Begin(tokens.Sum(t => t.Length));
        List<TextMatch> matches = [];
        for (int i = 0; i < tokens.Count; i++)
        {
            matches.Clear();
            if (tokens[i].Length > 0)
                _pattern.FindMatches(tokens[i], matches, budget);
            if (matches.Count > 0)
                tokens[i] = Write(tokens[i], matches);
        }
    }

    /// <summary>Behind a step that joins tokens, a longer match may still be on its way at the end.</summary>
    public int CountStable(IReadOnlyList<string> tokens) => _local ? tokens.Count : Math.Max(0, tokens.Count - 1);

    private string Write(string token, List<TextMatch> matches)
    {
        StringBuilder result = new();
        int kept = 0;
        foreach ((int start, int length) in matches)
        {
            result.Append(token, kept, start - kept).Append(_content);
            kept = start + length;
        }
        return result.Append(token, kept, token.Length - kept).ToString();
    }
}
