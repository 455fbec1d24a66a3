using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Patterns;

/// <summary>
/// An expression from a file, run by .NET's engine in linear time where that engine can, else under a time limit. The files are written for Oniguruma; what .NET
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
            return Create(expression, $"{part.File}: {part.Path}");
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

    /// <exception cref="ArgumentException">The expression is not sound.</exception>
    /// <exception cref="NotSupportedException">It holds something that .NET would read differently.</exception>
    public static RegexPattern Create(string expression, string where) => new(Make(RegexDialect.Translate(expression)), where);

    public void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget)
    {
        long begun = Stopwatch.GetTimestamp();
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                foreach (ValueMatch match in _regex.EnumerateMatches(text))
                {
                    matches.Add(new TextMatch(match.Index, match.Length));
                    Require(budget, begun);
                }
            }
            else
            {
                FindThroughStandIns(text, matches, budget, begun);
            }
            Require(budget, begun);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooLong(e);
        }
        budget.SpendSince(begun);
    }

    /// <summary>Without backtracking where the expression allows it: look-arounds and atomic groups do not.</summary>
    private static Regex Make(string expression)
    {
        try
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, s_timeLimit);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant, s_timeLimit);
        }
    }

    /// <summary>The engine's own limit is for one match, of which a text may have thousands.</summary>
    private void Require(TimeBudget budget, long begun)
    {
        if (budget.IsSpentSince(begun))
            throw TooLong(null);
    }

    private InvalidDataException TooLong(Exception? inner) => new($"{_where}: the expression took longer than {s_timeLimit.TotalSeconds} s on this text.", inner);

    private void FindThroughStandIns(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget, long begun)
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
            Require(budget, begun);
        }
        ArrayPool<char>.Shared.Return(standIns);
        ArrayPool<int>.Shared.Return(origins);
    }
}
