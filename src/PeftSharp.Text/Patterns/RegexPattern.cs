using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Patterns;

/// <summary>
/// An expression from a file, run by .NET's engine under a time limit. The files are written for Oniguruma; what .NET
/// would read differently is refused. .NET sees UTF-16 units, so characters beyond the basic plane are matched through a
/// stand-in of the same category.
/// </summary>
internal sealed class RegexPattern : ITextPattern
{
    private const int MaxPatternLength = 4096;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(2);

    private readonly Regex _regex;
    private readonly string _where;

    private RegexPattern(Regex regex, string where)
    {
        _regex = regex;
        _where = where;
    }

    public static RegexPattern Create(JsonPart part)
    {
        string expression = part.String();
        if (expression.Length > MaxPatternLength)
            throw part.Error($"the expression is longer than {MaxPatternLength} characters.");
        try
        {
            return new RegexPattern(new Regex(RegexDialect.Translate(expression), RegexOptions.CultureInvariant, s_timeLimit), $"{part.File}: {part.Path}");
        }
        catch (NotSupportedException e)
        {
            throw part.Error($"{e.Message} in the expression is not supported.");
        }
        catch (ArgumentException e)
        {
            throw part.Error($"the expression is not supported: {e.Message}");
        }
    }

    public void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                foreach (ValueMatch match in _regex.EnumerateMatches(text))
                    matches.Add(new TextMatch(match.Index, match.Length));
            }
            else
            {
                FindThroughStandIns(text, matches);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException($"{_where}: the expression took longer than {s_timeLimit.TotalSeconds} s on this text.", e);
        }
    }

    private void FindThroughStandIns(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        char[] standIns = ArrayPool<char>.Shared.Rent(text.Length);
        int[] origins = ArrayPool<int>.Shared.Rent(text.Length + 1);
        int count = 0, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            standIns[count] = rune.IsBmp ? (char)rune.Value : CategoryStandIn.For(Rune.GetUnicodeCategory(rune));
            origins[count++] = at;
            at += rune.Utf16SequenceLength;
        }
        origins[count] = text.Length;
        foreach (ValueMatch match in _regex.EnumerateMatches(standIns.AsSpan(0, count)))
        {
            int start = origins[match.Index];
            matches.Add(new TextMatch(start, origins[match.Index + match.Length] - start));
        }
        ArrayPool<char>.Shared.Return(standIns);
        ArrayPool<int>.Shared.Return(origins);
    }
}
