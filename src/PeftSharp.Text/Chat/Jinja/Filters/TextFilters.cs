using System.Text;
using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Filters of texts. What is no text yet becomes one first.</summary>
internal static class TextFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
    [
        new("upper", (value, a, run) => Plain("upper", value, a, run, LetterCase.Upper)),
        new("lower", (value, a, run) => Plain("lower", value, a, run, LetterCase.Lower)),
        new("capitalize", (value, a, run) => Plain("capitalize", value, a, run, LetterCase.Capitalize)),
        new("title", (value, a, run) => Plain("title", value, a, run, Title)),
        new("string", (value, a, run) => value is StringValue ? value : Plain("string", value, a, run, text => text)),
        new("safe", (value, a, run) => new MarkupValue(TextOf(value, run))),
        new("e", Escape), new("escape", Escape),
        new("forceescape", (value, _, run) => new MarkupValue(Html.Escape(new StringValue(TextOf(value, run)), run))),
        new("trim", Trim), new("replace", Replace), new("format", Format), new("indent", Indent),
        new("truncate", Truncate), new("center", Center), new("wordcount", WordCount), new("urlencode", UrlEncode),
    ];

    public static string TextOf(Value value, Run run)
    {
        string text = Printing.Text(value, run);
        run.Budget.SpendChars(text.Length);
        return text;
    }

    private static StringValue Plain(string name, Value value, Arguments arguments, Run run, Func<string, string> map)
    {
        _ = arguments.Bind(name, 0);
        return new StringValue(map(TextOf(value, run)));
    }

    /// <summary>Jinja's words begin behind white space, hyphens and opening brackets only.</summary>
    private static string Title(string text)
    {
        StringBuilder title = new();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !IsBreak(text[i]))
                continue;
            if (i > start)
                title.Append(FirstUpper(text[start..i]));
            if (i < text.Length)
                title.Append(text[i]);
            start = i + 1;
        }
        return title.ToString();
    }

    private static bool IsBreak(char c) => CodePointText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static string FirstUpper(string word)
    {
        string first = CodePointText.Split(word)[0];
        return LetterCase.Upper(first) + LetterCase.Lower(word[first.Length..]);
    }

    private static MarkupValue Escape(Value value, Arguments arguments, Run run) =>
        new MarkupValue(Html.Escape(value as StringValue ?? new StringValue(TextOf(value, run)), run));

    private static StringValue Trim(Value value, Arguments arguments, Run run)
    {
        Value? chars = arguments.Bind("trim", 0, "chars")[0];
        string? letters = chars is null or NoneValue ? null : StringMethods.Chars(chars, "trim");
        return new StringValue(Trimming.Trim(TextOf(value, run), letters, left: true, right: true));
    }

    private static StringValue Replace(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("replace", 2, "old", "new", "count");
        int most = Numbers.ToInt(given[2] is NoneValue ? null : given[2], -1, "count");
        return new StringValue(Replacing.Replace(TextOf(value, run), TextOf(given[0]!, run), TextOf(given[1]!, run), most, run));
    }

    private static StringValue Format(Value value, Arguments arguments, Run run)
    {
        if (arguments.Named.Count > 0 && arguments.Positional.Count > 0)
            throw new TemplateFault("format takes values by place or by name, not both");
        Value values = arguments.Named.Count > 0
            ? new DictValue(arguments.Named.Select(pair => ((Value)new StringValue(pair.Key), pair.Value)))
            : new TupleValue(arguments.Positional);
        return new StringValue(PercentFormat.Apply(TextOf(value, run), values, run));
    }

    private static StringValue Indent(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("indent", 0, "width", "first", "blank");
        string indentation = given[0] is StringValue text ? text.Chars : Spaces(Numbers.ToInt(given[0], 4, "width"), run);
        bool blank = given[2]?.IsTrue ?? false;
        // A line feed is put behind the text first, as Jinja does: a text that ends with one keeps it.
        IReadOnlyList<Value> lines = Splitting.Lines(TextOf(value, run) + "\n", new Arguments(), run).Items;
        TextSink sink = new(run.Budget);
        for (int i = 0; i < lines.Count; i++)
        {
            string line = ((StringValue)lines[i]).Chars;
            if (i > 0)
                sink.Write("\n");
            if (i == 0 ? given[1]?.IsTrue ?? false : blank || line.Length > 0)
                sink.Write(indentation);
            sink.Write(line);
        }
        return new StringValue(sink.ToString());
    }

    private static string Spaces(int count, Run run)
    {
        run.Budget.SpendChars(Math.Max(count, 0));
        return new string(' ', Math.Max(count, 0));
    }

    private static StringValue Truncate(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("truncate", 0, "length", "killwords", "end", "leeway");
        int length = Numbers.ToInt(given[0], 255, "length"), leeway = Numbers.ToInt(given[3] is NoneValue ? null : given[3], 5, "leeway");
        string end = given[2] is { } mark ? StringMethods.Chars(mark, "truncate") : "...";
        int room = length - CodePointText.Length(end);
        if (room < 0 || leeway < 0)
            throw new TemplateFault("truncate needs a length that has room for its end, and no negative leeway");
        string text = TextOf(value, run);
        IReadOnlyList<string> letters = CodePointText.Split(text);
        if (letters.Count <= (long)length + leeway)
            return new StringValue(text);
        string cut = string.Concat(letters.Take(room));
        int space = given[1]?.IsTrue ?? false ? -1 : cut.LastIndexOf(' ');
        return new StringValue((space < 0 ? cut : cut[..space]) + end);
    }

    private static StringValue Center(Value value, Arguments arguments, Run run)
    {
        Value width = arguments.Bind("center", 0, "width")[0] ?? new IntegerValue(80);
        return new StringValue(Filling.Justify(TextOf(value, run), new Arguments(width), "center", run));
    }

    private static IntegerValue WordCount(Value value, Arguments arguments, Run run)
    {
        bool within = false;
        int count = 0;
        foreach (string letter in CodePointText.Split(TextOf(value, run)))
        {
            bool isWord = letter == "_" || LetterTests.Find("isalnum")!(letter);
            count += isWord && !within ? 1 : 0;
            within = isWord;
        }
        return new IntegerValue(count);
    }

    private static StringValue UrlEncode(Value value, Arguments arguments, Run run)
    {
        if (value is not (DictValue or ListValue or TupleValue))
            return new StringValue(Uri.EscapeDataString(TextOf(value, run)).Replace("%2F", "/", StringComparison.Ordinal));
        IEnumerable<Value> pairs = value is DictValue dict ? DictMethods.Pairs(dict) : ((SequenceValue)value).Items;
        return new StringValue(string.Join('&', pairs.Select(pair => pair is TupleValue { Items.Count: 2 } entry
            ? $"{Quoted(entry.Items[0], run)}={Quoted(entry.Items[1], run)}"
            : throw new TemplateFault("urlencode needs pairs"))));
    }

    private static string Quoted(Value value, Run run) =>
        Uri.EscapeDataString(TextOf(value, run)).Replace("%20", "+", StringComparison.Ordinal);
}
