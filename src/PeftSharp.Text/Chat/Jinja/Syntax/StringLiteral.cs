using System.Globalization;
using System.Text;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>A text in quotes, with Python's escapes.</summary>
internal static class StringLiteral
{
    /// <summary>The text whose opening quote is at a place, and the place behind its closing one.</summary>
    public static (string Text, int Next) Read(string source, int place)
    {
        char quote = source[place];
        StringBuilder text = new();
        for (int i = place + 1; i < source.Length; i++)
        {
            if (source[i] == quote)
                return (text.ToString(), i + 1);
            if (source[i] != '\\' || i + 1 == source.Length)
                text.Append(source[i]);
            else
                i = Escape(source, i + 1, text);
        }
        throw new TemplateFault($"a text in quotes is not closed by {quote}");
    }

    /// <summary>Adds what the escape behind a backslash stands for; its last place.</summary>
    private static int Escape(string source, int place, StringBuilder text)
    {
        char code = source[place];
        switch (code)
        {
            case '\n': return place;
            case '\\' or '\'' or '"': text.Append(code); return place;
            case 'n': text.Append('\n'); return place;
            case 'r': text.Append('\r'); return place;
            case 't': text.Append('\t'); return place;
            case 'a': text.Append('\a'); return place;
            case 'b': text.Append('\b'); return place;
            case 'f': text.Append('\f'); return place;
            case 'v': text.Append('\v'); return place;
            case 'x': return Hex(source, place, 2, text);
            case 'u': return Hex(source, place, 4, text);
            case 'U': return Hex(source, place, 8, text);
            case 'N': throw new TemplateFault(@"characters by name (\N) are not supported");
            case >= '0' and <= '7':
                int end = place;
                int octal = 0;
                while (end < source.Length && end < place + 3 && source[end] is >= '0' and <= '7')
                    octal = (octal * 8) + source[end++] - '0';
                text.Append((char)octal);
                return end - 1;
            default:
                text.Append('\\').Append(code);
                return place;
        }
    }

    private static int Hex(string source, int place, int digits, StringBuilder text)
    {
        if (place + digits >= source.Length
            || !int.TryParse(source.AsSpan(place + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || code is < 0 or > 0x10FFFF)
            throw new TemplateFault($@"the escape \{source[place]} needs {digits} hexadecimal digits of a character");
        if (code is >= 0xD800 and <= 0xDFFF or <= 0xFFFF)
            text.Append((char)code);
        else
            text.Append(char.ConvertFromUtf32(code));
        return place + digits;
    }
}
