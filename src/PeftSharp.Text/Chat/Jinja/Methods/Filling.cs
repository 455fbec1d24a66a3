using System.Text;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Filling a text up to a width.</summary>
internal static class Filling
{
    public static string Justify(string text, Arguments arguments, string name, Run run)
    {
        Value?[] given = arguments.Bind(name, 1, "width", "fillchar");
        string fill = given[1] is { } wanted ? StringMethods.Chars(wanted, name) : " ";
        if (CodePointText.Length(fill) != 1)
            throw new TemplateFault($"{name} fills with one character");
        int missing = Missing(text, given[0]!, run);
        // Python puts the odd one of the filling left or right so that odd widths begin with it.
        int left = name switch { "ljust" => 0, "rjust" => missing, _ => (missing / 2) + (missing & (CodePointText.Length(text) + missing) & 1) };
        return Repeat(fill, left) + text + Repeat(fill, missing - left);
    }

    public static string Zeros(string text, Arguments arguments, Run run)
    {
        int missing = Missing(text, arguments.Bind("zfill", 1, "width")[0]!, run);
        bool signed = text.StartsWith('+') || text.StartsWith('-');
        return signed ? text[..1] + Repeat("0", missing) + text[1..] : Repeat("0", missing) + text;
    }

    public static string ExpandTabs(string text, Arguments arguments, Run run)
    {
        int width = Numbers.ToInt(arguments.Bind("expandtabs", 0, "tabsize")[0], 8, "tabsize");
        StringBuilder expanded = new();
        int column = 0;
        foreach (string letter in CodePointText.Split(text))
        {
            int fill = letter != "\t" ? 0 : width > 0 ? width - (column % width) : 0;
            run.Budget.SpendChars(fill);
            expanded.Append(letter == "\t" ? Repeat(" ", fill) : letter);
            column = letter is "\n" or "\r" ? 0 : column + (letter == "\t" ? fill : 1);
        }
        return expanded.ToString();
    }

    private static int Missing(string text, Value width, Run run)
    {
        int missing = (int)Math.Max(0L, (long)Numbers.ToInt(width, 0, "the width") - CodePointText.Length(text));
        run.Budget.SpendChars((long)text.Length + missing);
        return missing;
    }

    private static string Repeat(string part, int times) => times == 0 ? "" : string.Concat(Enumerable.Repeat(part, times));
}
