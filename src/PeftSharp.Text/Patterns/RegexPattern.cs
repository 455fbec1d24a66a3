using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Patterns.Expressions;

namespace PeftSharp.Text.Patterns;

/// <summary>
/// An expression from a file, run by .NET's engine in linear time where that engine can, else under a time limit. The files
/// are written for Oniguruma: the expression is brought to .NET's dialect and each character of a text to a symbol for all
/// that the expression cannot tell from it (<see cref="Translation"/>).
/// </summary>
internal sealed class RegexPattern : ITextPattern
{
    private const int MaxPatternLength = 4096;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(2);

    private readonly Regex _regex;
    private readonly Alphabet _alphabet;
    private readonly string _where;

    private RegexPattern(string expression, string where)
    {
        (string translated, _alphabet) = Translation.Of(expression);
        _regex = Make(translated);
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
    /// <exception cref="NotSupportedException">It holds something that is not supported.</exception>
    public static RegexPattern Create(string expression, string where) => new(expression, where);

    public void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget)
    {
        long begun = Stopwatch.GetTimestamp();
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
                FindInPlane(text, matches, budget, begun);
            else
                FindBeyondPlane(text, matches, budget, begun);
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
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.NonBacktracking, s_timeLimit);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Multiline, s_timeLimit);
        }
    }

    /// <summary>The engine's own limit is for one match, of which a text may have thousands.</summary>
    private void Require(TimeBudget budget, long begun)
    {
        if (budget.IsSpentSince(begun))
            throw TooLong(null);
    }

    private InvalidDataException TooLong(Exception? inner) => new($"{_where}: the expression took longer than {s_timeLimit.TotalSeconds} s on this text.", inner);

    /// <summary>In a text of the basic plane, where symbols stand at the places of the characters.</summary>
    private void FindInPlane(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget, long begun)
    {
        char[] symbols = ArrayPool<char>.Shared.Rent(text.Length);
        _alphabet.Write(text, symbols);
        int previous = -1;
        foreach (ValueMatch match in _regex.EnumerateMatches(symbols.AsSpan(0, text.Length)))
        {
            if (IsTaken(match, ref previous))
                matches.Add(new TextMatch(match.Index, match.Length));
            Require(budget, begun);
        }
        ArrayPool<char>.Shared.Return(symbols);
    }

    private void FindBeyondPlane(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget, long begun)
    {
        char[] symbols = ArrayPool<char>.Shared.Rent(text.Length);
        int[] origins = ArrayPool<int>.Shared.Rent(text.Length + 1);
        int count = 0, at = 0, previous = -1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            symbols[count] = _alphabet.SymbolOf(rune);
            origins[count++] = at;
            at += rune.Utf16SequenceLength;
        }
        origins[count] = text.Length;
        foreach (ValueMatch match in _regex.EnumerateMatches(symbols.AsSpan(0, count)))
        {
            int start = origins[match.Index];
            if (IsTaken(match, ref previous))
                matches.Add(new TextMatch(start, origins[match.Index + match.Length] - start));
            Require(budget, begun);
        }
        ArrayPool<char>.Shared.Return(symbols);
        ArrayPool<int>.Shared.Return(origins);
    }

    /// <summary>An empty match right behind another does not count, as in Hugging Face's library.</summary>
    private static bool IsTaken(ValueMatch match, ref int previousEnd)
    {
        if (match.Length == 0 && match.Index == previousEnd)
            return false;
        previousEnd = match.Index + match.Length;
        return true;
    }
}
