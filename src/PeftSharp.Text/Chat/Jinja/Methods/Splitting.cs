using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Cutting a text into parts.</summary>
internal static class Splitting
{
    public static ListValue Split(string text, Arguments arguments, bool fromRight, Run run)
    {
        Value?[] given = arguments.Bind("split", 0, "sep", "maxsplit");
        int most = Numbers.ToInt(given[1], -1, "maxsplit");
        List<string> parts = given[0] is { } separator and not NoneValue
            ? AtText(text, NotEmpty(StringMethods.Chars(separator, "split")), most, fromRight)
            : fromRight ? AtSpaceFromRight(text, most) : AtSpace(text, most);
        run.Budget.Spend(parts.Count);
        return new ListValue([.. parts.Select(part => new StringValue(part))]);
    }

    public static ListValue Lines(string text, Arguments arguments, Run run)
    {
        bool keep = arguments.Bind("splitlines", 0, "keepends")[0]?.IsTrue ?? false;
        List<Value> lines = [];
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029'))
                continue;
            int end = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? i + 2 : i + 1;
            lines.Add(new StringValue(text[start..(keep ? end : i)]));
            start = end;
            i = end - 1;
        }
        if (start < text.Length)
            lines.Add(new StringValue(text[start..]));
        run.Budget.Spend(lines.Count);
        return new ListValue(lines);
    }

    public static TupleValue Partition(string text, Arguments arguments, bool fromRight)
    {
        string separator = NotEmpty(StringMethods.Chars(arguments.Bind("partition", 1, "sep")[0], "partition"));
        int place = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = place >= 0 ? [text[..place], separator, text[(place + separator.Length)..]] : fromRight ? ["", "", text] : [text, "", ""];
        return new TupleValue([.. parts.Select(part => new StringValue(part))]);
    }

    private static string NotEmpty(string separator) =>
        separator.Length > 0 ? separator : throw new TemplateFault("the separator is empty");

    private static List<string> AtText(string text, string separator, int most, bool fromRight)
    {
        List<string> parts = [];
        if (!fromRight)
        {
            int start = 0;
            while ((most < 0 || parts.Count < most) && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and int place)
            {
                parts.Add(text[start..place]);
                start = place + separator.Length;
            }
            parts.Add(text[start..]);
            return parts;
        }
        int end = text.Length;
        while ((most < 0 || parts.Count < most) && text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal) is >= 0 and int place)
        {
            parts.Add(text[(place + separator.Length)..end]);
            end = place;
        }
        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    private static List<string> AtSpace(string text, int most)
    {
        List<string> parts = [];
        int place = 0;
        while (true)
        {
            while (place < text.Length && CodePointText.IsSpace(text[place]))
                place++;
            if (place == text.Length)
                return parts;
            int start = place;
            if (most >= 0 && parts.Count == most)
            {
                parts.Add(text[start..]);
                return parts;
            }
            while (place < text.Length && !CodePointText.IsSpace(text[place]))
                place++;
            parts.Add(text[start..place]);
        }
    }

    private static List<string> AtSpaceFromRight(string text, int most)
    {
        List<string> parts = [];
        int place = text.Length;
        while (true)
        {
            while (place > 0 && CodePointText.IsSpace(text[place - 1]))
                place--;
            if (place == 0)
                break;
            int end = place;
            if (most >= 0 && parts.Count == most)
            {
                parts.Add(text[..end]);
                break;
            }
            while (place > 0 && !CodePointText.IsSpace(text[place - 1]))
                place--;
            parts.Add(text[place..end]);
        }
        parts.Reverse();
        return parts;
    }
}
