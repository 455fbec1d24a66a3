using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Looking for a text within another; places are counted in code points.</summary>
internal static class Finding
{
    public static int Find(string text, Arguments arguments, string name, bool last)
    {
        Value?[] given = arguments.Bind(name, 1, "sub", "start", "end");
        string part = StringMethods.Chars(given[0], name);
        (int start, int end) = Window(text, given[1], given[2]);
        if (start > end)
            return -1;
        string window = text[start..end];
        int place = last ? window.LastIndexOf(part, StringComparison.Ordinal) : window.IndexOf(part, StringComparison.Ordinal);
        return place < 0 ? -1 : CodePointText.CountBefore(text, start + place);
    }

    public static IntegerValue Index(string text, Arguments arguments, string name, bool last) =>
        Find(text, arguments, name, last) is >= 0 and int place ? new IntegerValue(place) : throw new TemplateFault($"{name}: the text does not hold it");

    public static int Count(string text, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("count", 1, "sub", "start", "end");
        string part = StringMethods.Chars(given[0], "count");
        (int start, int end) = Window(text, given[1], given[2]);
        if (start > end)
            return 0;
        string window = text[start..end];
        run.Budget.SpendChars(window.Length);
        if (part.Length == 0)
            return CodePointText.Length(window) + 1;
        int count = 0;
        for (int place = window.IndexOf(part, StringComparison.Ordinal); place >= 0; count++)
            place = window.IndexOf(part, place + part.Length, StringComparison.Ordinal);
        return count;
    }

    public static BoolValue HasAffix(string text, Arguments arguments, string name, bool atStart)
    {
        Value?[] given = arguments.Bind(name, 1, "prefix", "start", "end");
        (int start, int end) = Window(text, given[1], given[2]);
        IReadOnlyList<Value> wanted = given[0] is TupleValue several ? several.Items : [given[0]!];
        if (start > end)
            return BoolValue.False;
        string window = text[start..end];
        return BoolValue.Of(wanted.Any(affix => Has(window, StringMethods.Chars(affix, name), atStart)));
    }

    public static string RemoveAffix(string text, Arguments arguments, string name, bool atStart)
    {
        string affix = StringMethods.Chars(arguments.Bind(name, 1, "prefix")[0], name);
        return !Has(text, affix, atStart) ? text : atStart ? text[affix.Length..] : text[..^affix.Length];
    }

    private static bool Has(string text, string affix, bool atStart) =>
        atStart ? text.StartsWith(affix, StringComparison.Ordinal) : text.EndsWith(affix, StringComparison.Ordinal);

    /// <summary>The part of the text to look in, in UTF-16 units; it begins behind its end where there is none.</summary>
    private static (int Start, int End) Window(string text, Value? start, Value? end)
    {
        if (start is null or NoneValue && end is null or NoneValue)
            return (0, text.Length);
        IReadOnlyList<string>? letters = CodePointText.IsPlain(text) ? null : CodePointText.Split(text);
        int count = letters?.Count ?? text.Length;
        int from = Place(start, 0, count), to = Math.Min(Place(end, count, count), count);
        int Units(int place) => letters is null ? place : letters.Take(place).Sum(letter => letter.Length);
        return from > count || from > to ? (1, 0) : (Units(from), Units(to));
    }

    private static int Place(Value? bound, int ifMissing, int count)
    {
        int place = Numbers.ToInt(bound is NoneValue ? null : bound, ifMissing, "a place in the text");
        return place < 0 ? Math.Max(0, place + count) : place;
    }
}
