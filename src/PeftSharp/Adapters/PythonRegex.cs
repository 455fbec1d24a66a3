using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace PeftSharp.Adapters;

/// <summary>
/// Regular expressions as files of HF have them, in the syntax of Python's <c>re</c>: translated where .NET writes the same
/// thing otherwise, refused where it would mean another thing. Without backtracking where possible, else with a time limit.
/// </summary>
internal static class PythonRegex
{
    private const int MostKept = 2048;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<string, Regex> _made = new(StringComparer.Ordinal);

    /// <summary>Python's <c>re.fullmatch</c>.</summary>
    /// <exception cref="PeftException">The pattern is not a regular expression, or takes too long.</exception>
    public static bool FullMatch(string pattern, string text) => Matches($@"\A(?:{Translate(pattern)})\z", pattern, text);

    /// <summary>Python's <c>re.match</c>: at the start of the text.</summary>
    /// <exception cref="PeftException">The pattern is not a regular expression, or takes too long.</exception>
    public static bool Match(string pattern, string text) => Matches($@"\A(?:{Translate(pattern)})", pattern, text);

    /// <summary>The number that the first group of a match at the start of the text holds, or null.</summary>
    public static int? FirstNumber(string pattern, string text) =>
        Run($@"\A(?:{Translate(pattern)})", pattern, text, regex => regex.Match(text)) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, out int number)
            ? number
            : null;

    /// <summary>The pattern in .NET's syntax.</summary>
    /// <exception cref="PeftException">It uses what .NET reads otherwise or has not.</exception>
    internal static string Translate(string pattern)
    {
        StringBuilder translated = new(pattern.Length);
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            string rest = pattern[i..];
            if (rest[0] == '\\' && rest.Length > 1)
            {
                translated.Append(Escape(pattern, rest[1], inClass));
                i++;
            }
            else if (inClass)
            {
                // Python takes a nested [ as itself; .NET subtracts classes.
                translated.Append(rest[0] == '[' ? @"\[" : rest[..1]);
                inClass = rest[0] != ']';
            }
            else if (rest[0] == '[')
            {
                int skip = rest.StartsWith("[^]", StringComparison.Ordinal) ? 3 : rest.StartsWith("[]", StringComparison.Ordinal) || rest.StartsWith("[^", StringComparison.Ordinal) ? 2 : 1;
                translated.Append(rest[..skip]);
                i += skip - 1;
                inClass = true;
            }
            else if (rest.StartsWith("(?", StringComparison.Ordinal))
            {
                (string group, int length) = Group(pattern, rest);
                translated.Append(group);
                i += length - 1;
            }
            else if (rest.StartsWith("{,", StringComparison.Ordinal) && rest.IndexOf('}', StringComparison.Ordinal) is > 1 and var end && rest[2..end].All(char.IsAsciiDigit))
            {
                translated.Append("{0,").Append(rest[2..(end + 1)]);
                i += end;
            }
            else if (i > 0 && rest[0] == '+' && translated.Length > 0 && IsQuantifier(pattern, i - 1))
            {
                throw Differs(pattern, "a possessive quantifier");
            }
            else
            {
                translated.Append(rest[0]);
            }
        }
        return translated.ToString();
    }

    private static bool IsQuantifier(string pattern, int i) =>
        pattern[i] is '*' or '+' or '?' or '}' && (i == 0 || pattern[i - 1] != '\\');

    /// <summary>What a backslash and the character after it become.</summary>
    private static string Escape(string pattern, char escaped, bool inClass) => escaped switch
    {
        'Z' when !inClass => @"\z",
        // Python knows these; .NET reads them alike.
        'A' or 'b' or 'B' or 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 'a' or 'f' or 'n' or 'r' or 't' or 'v' or 'x' or 'u' => $@"\{escaped}",
        >= 'a' and <= 'z' or >= 'A' and <= 'Z' => throw Differs(pattern, $@"\{escaped}"),
        _ => $@"\{escaped}",
    };

    /// <summary>The start of a group with a question mark, translated, and how many characters it had.</summary>
    private static (string Translated, int Length) Group(string pattern, string rest)
    {
        if (rest.StartsWith("(?P<", StringComparison.Ordinal))
            return ("(?<", 4);
        if (rest.StartsWith("(?P=", StringComparison.Ordinal) && rest.IndexOf(')', StringComparison.Ordinal) is > 0 and var end)
            return ($@"\k<{rest[4..end]}>", end + 1);
        foreach (string alike in (ReadOnlySpan<string>)["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?s:", "(?m:", "(?i)", "(?s)", "(?m)", "(?#"])
            if (rest.StartsWith(alike, StringComparison.Ordinal))
                return (alike, alike.Length);
        throw Differs(pattern, rest.Length > 4 ? rest[..4] + "…" : rest);
    }

    private static PeftException Differs(string pattern, string part) =>
        new($"The regular expression '{pattern}' has '{part}', which Python and .NET do not read alike; write it another way.");

    private static bool Matches(string translated, string pattern, string text) => Run(translated, pattern, text, regex => regex.IsMatch(text));

    private static T Run<T>(string translated, string pattern, string text, Func<Regex, T> match)
    {
        try
        {
            // The same few patterns are asked of every module.
            if (_made.Count > MostKept)
                _made.Clear();
            return match(_made.GetOrAdd(translated, Make));
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new PeftException($"The regular expression '{pattern}' takes too long on '{text}'; simplify it.", error);
        }
        catch (ArgumentException error)
        {
            throw new PeftException($"'{pattern}' is not a regular expression: {error.Message}", error);
        }
    }

    private static Regex Make(string translated)
    {
        try
        {
            return new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, _limit);
        }
        catch (NotSupportedException)
        {
            // Look-arounds and back-references need the backtracking engine.
            return new Regex(translated, RegexOptions.CultureInvariant, _limit);
        }
    }
}
