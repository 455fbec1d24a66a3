namespace PeftSharp.Text.Patterns;

/// <summary>Where Oniguruma's expressions mean something else than .NET's, or nothing.</summary>
internal static class RegexDialect
{
    /// <summary>Escapes that both read alike; <c>\p</c> and <c>\P</c> with names that .NET does not know fail by themselves.</summary>
    private const string SharedEscapes = "dDsSwWbBnrtfvepPxu0";

    /// <summary>What in the expression .NET would read differently, or null.</summary>
    public static string? FindUnsupported(string expression)
    {
        bool inClass = false;
        for (int i = 0; i < expression.Length; i++)
        {
            char c = expression[i];
            char next = i + 1 < expression.Length ? expression[i + 1] : '\0';
            if (char.IsSurrogate(c))
                return "a character beyond the basic plane";
            if (c == '\\')
            {
                if (char.IsAsciiLetterOrDigit(next) && !SharedEscapes.Contains(next))
                    return $"\"\\{next}\"";
                i++;
            }
            else if (inClass)
            {
                if (c == '[' || (c == '&' && next == '&') || (c == '-' && next == '['))
                    return $"\"{c}\" within a character class";
                inClass = c != ']';
            }
            else if (c == '[')
            {
                inClass = true;
                // A bracket right at the beginning of a class stands for itself.
                if (next == '^' && i + 2 < expression.Length && expression[i + 2] == ']')
                    i += 2;
                else if (next is '^' or ']')
                    i++;
            }
            else if (c is '^' or '$')
            {
                return $"the anchor \"{c}\"";
            }
            else if (c == '(' && next == '?' && FindUnsupportedGroup(expression.AsSpan(i + 2)) is { } group)
            {
                return group;
            }
        }
        return null;
    }

    private static string? FindUnsupportedGroup(ReadOnlySpan<char> rest)
    {
        int flags = 0;
        while (flags < rest.Length && (char.IsAsciiLetter(rest[flags]) || rest[flags] == '-'))
            flags++;
        if (flags > 0 && rest[..flags] is not "i" and not "-i")
            return $"the group option \"(?{rest[..flags]}\"";
        return flags == rest.Length || (flags == 0 && !":=!><|".Contains(rest[0])) 
            || (rest.StartsWith("<") && !(rest.StartsWith("<=") || rest.StartsWith("<!")))
            ? "a group of this kind"
            : null;
    }
}
