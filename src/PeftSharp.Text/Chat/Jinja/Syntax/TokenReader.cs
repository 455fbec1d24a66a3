using System.Globalization;
using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>Reads one token within a tag.</summary>
internal static class TokenReader
{
    private static readonly string[] s_operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    /// <summary>The token at a place, and where the next may begin.</summary>
    public static (Token Token, int Next) Read(string source, int place, int line)
    {
        char first = source[place];
        if (first is '\'' or '"')
        {
            (string text, int next) = StringLiteral.Read(source, place);
            return (new Token(TokenKind.String, text, line), next);
        }
        if (char.IsAsciiDigit(first))
            return ReadNumber(source, place, line);
        if (IsNamePart(source, place))
        {
            int end = place;
            while (end < source.Length && IsNamePart(source, end))
                end++;
            return (new Token(TokenKind.Name, source[place..end], line), end);
        }
        foreach (string symbol in s_operators)
            if (string.CompareOrdinal(source, place, symbol, 0, symbol.Length) == 0)
                return (new Token(TokenKind.Operator, symbol, line), place + symbol.Length);
        throw new TemplateFault($"'{first}' has no meaning in a tag");
    }

    private static bool IsNamePart(string source, int place) => source[place] == '_'
        || CharUnicodeInfo.GetUnicodeCategory(source, place) is
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber
        || (char.IsLowSurrogate(source[place]) && place > 0 && char.IsLetter(source, place - 1));

    private static (Token Token, int Next) ReadNumber(string source, int place, int line)
    {
        if (source[place] == '0' && place + 1 < source.Length && char.ToLowerInvariant(source[place + 1]) is var mark and ('x' or 'o' or 'b'))
            return ReadInBase(source, place, mark switch { 'x' => 16, 'o' => 8, _ => 2 }, line);
        int end = Digits(source, place);
        bool isFloat = false;
        bool behindDot = place > 0 && source[place - 1] == '.';
        if (!behindDot && end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
            (isFloat, end) = (true, Digits(source, end + 1));
        if (!behindDot && end < source.Length && source[end] is 'e' or 'E')
        {
            int exponent = end + 1 < source.Length && source[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
                (isFloat, end) = (true, Digits(source, exponent));
        }
        string text = source[place..end].Replace("_", "", StringComparison.Ordinal);
        if (!isFloat && text.Length > 1 && text[0] == '0' && text.Trim('0').Length > 0)
            throw new TemplateFault($"the number '{text}' begins with 0");
        return (new Token(isFloat ? TokenKind.Float : TokenKind.Integer, text, line), end);
    }

    private static (Token Token, int Next) ReadInBase(string source, int place, int numberBase, int line)
    {
        const int MostDigits = 1000;
        BigInteger number = 0;
        int end = place + 2;
        for (; end < source.Length && end - place < MostDigits && (source[end] == '_' || char.IsAsciiHexDigit(source[end])); end++)
        {
            int digit = source[end] == '_' ? 0 : Convert.ToInt32(source[end].ToString(), 16);
            if (digit >= numberBase)
                break;
            number = source[end] == '_' ? number : (number * numberBase) + digit;
        }
        return end > place + 2
            ? (new Token(TokenKind.Integer, number.ToString(CultureInfo.InvariantCulture), line), end)
            : throw new TemplateFault("a number has no digits");
    }

    private static int Digits(string source, int place)
    {
        while (place < source.Length && (char.IsAsciiDigit(source[place])
            || (source[place] == '_' && place + 1 < source.Length && char.IsAsciiDigit(source[place + 1]))))
            place++;
        return place;
    }
}
