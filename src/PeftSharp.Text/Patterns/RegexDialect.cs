using System.Text;

namespace PeftSharp.Text.Patterns;

/// <summary>Brings Oniguruma's expressions to .NET's dialect, as far as both can say the same.</summary>
internal static class RegexDialect
{
    /// <summary>
    /// Escapes that both read alike; <c>\p</c> and <c>\P</c> with names that .NET does not know fail by themselves.
    /// <c>\b</c> is not among them: the two disagree on what a word is.
    /// </summary>
    private const string SharedEscapes = "dDsSnrtfvepPxu0";

    /// <summary>.NET's <c>\w</c> lacks spacing and enclosing marks and letter numbers.</summary>
    private const string Word = @"\w\p{M}\p{Nl}";

    /// <summary>The expression in .NET's dialect.</summary>
    /// <exception cref="NotSupportedException">It holds something that .NET would read differently; the message names it.</exception>
    public static string Translate(string expression)
    {
        StringBuilder result = new(expression.Length);
        bool inClass = false;
        for (int i = 0; i < expression.Length; i++)
        {
            char c = expression[i];
            char next = i + 1 < expression.Length ? expression[i + 1] : '\0';
            if (char.IsSurrogate(c))
                throw new NotSupportedException("a character beyond the basic plane");
            if (c == '\\' && i + 1 < expression.Length)
            {
                result.Append(TranslateEscape(next, inClass));
                i++;
                continue;
            }
            if (inClass)
                inClass = StaysInClass(c, next);
            else if (c == '[')
                inClass = true;
            else if (c is '^' or '$')
                throw new NotSupportedException($"the anchor \"{c}\"");
            else if (c == '(' && next == '?')
                CheckGroup(expression.AsSpan(i + 2));
            result.Append(c);
            if (c == '[' && next is ('^' or ']'))
            {
                // A bracket right at the beginning of a class stands for itself.
                bool negated = next == '^' && i + 2 < expression.Length && expression[i + 2] == ']';
                result.Append(negated ? "^]" : next.ToString());
                i += negated ? 2 : 1;
            }
        }
        return result.ToString();
    }

    private static string TranslateEscape(char escaped, bool inClass)
    {
        if (escaped == 'w')
            return inClass ? Word : $"[{Word}]";
        if (escaped == 'W' && !inClass)
            return $"[^{Word}]";
        if (char.IsAsciiLetterOrDigit(escaped) && !SharedEscapes.Contains(escaped))
            throw new NotSupportedException($"\"\\{escaped}\"{(inClass ? " within a character class" : "")}");
        return $"\\{escaped}";
    }

    private static bool StaysInClass(char c, char next)
    {
        if (c == '[' || (c == '&' && next == '&'))
            throw new NotSupportedException($"\"{c}\" within a character class");
        return c != ']';
    }

    private static void CheckGroup(ReadOnlySpan<char> rest)
    {
        int flags = 0;
        while (flags < rest.Length && (char.IsAsciiLetter(rest[flags]) || rest[flags] == '-'))
            flags++;
        if (flags > 0 && rest[..flags] is not "i" and not "-i")
            throw new NotSupportedException($"the group option \"(?{rest[..flags]}\"");
        bool lookbehind = rest.StartsWith("<=") || rest.StartsWith("<!");
        if (flags == rest.Length || (flags == 0 && !lookbehind && !":=!>".Contains(rest[0])))
            throw new NotSupportedException("a group of this kind");
    }
}
