using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Values as text: <c>str</c> and <c>repr</c> of Python.</summary>
internal static class Printing
{
    public static string Text(Value value, Run run) => value switch
    {
        StringValue text => text.Chars,
        UndefinedValue => "",
        IntegerValue whole => whole.Number.ToString(CultureInfo.InvariantCulture),
        _ => Representation(value, run),
    };

    public static string Representation(Value value, Run run)
    {
        TextSink sink = new(run.Budget);
        Write(value, sink);
        return sink.ToString();
    }

    private static void Write(Value value, TextSink sink)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case NoneValue: sink.Write("None"); break;
            case BoolValue flag: sink.Write(flag.IsTrue ? "True" : "False"); break;
            case IntegerValue whole: sink.Write(whole.Number.ToString(CultureInfo.InvariantCulture)); break;
            case FloatValue number: sink.Write(Numbers.ToText(number.Number)); break;
            case MarkupValue markup: sink.Write($"Markup({Quote(markup.Chars)})"); break;
            case StringValue text: sink.Write(Quote(text.Chars)); break;
            case ListValue list: WriteItems(list.Items, "[", "]", sink); break;
            case TupleValue tuple: WriteItems(tuple.Items, "(", tuple.Items.Count == 1 ? ",)" : ")", sink); break;
            case ViewValue view: WriteItems(view.Items, $"{view.TypeName}([", "])", sink); break;
            case DictValue dict: WritePairs(dict, sink); break;
            case RangeValue range:
                string step = range.Step == 1 ? "" : $", {range.Step}";
                sink.Write($"range({range.Start}, {range.Stop}{step})");
                break;
            case UndefinedValue: sink.Write("Undefined"); break;
            default: sink.Write($"<{value.TypeName}>"); break;
        }
    }

    private static void WriteItems(IReadOnlyList<Value> items, string open, string close, TextSink sink)
    {
        sink.Write(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                sink.Write(", ");
            Write(items[i], sink);
        }
        sink.Write(close);
    }

    private static void WritePairs(DictValue dict, TextSink sink)
    {
        string before = "{";
        foreach ((Value key, Value value) in dict.Pairs)
        {
            sink.Write(before);
            Write(key, sink);
            sink.Write(": ");
            Write(value, sink);
            before = ", ";
        }
        sink.Write(dict.Count == 0 ? "{}" : "}");
    }

    /// <summary>A text in quotes, what cannot be printed escaped.</summary>
    private static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append(quote);
        foreach (string letter in CodePointText.Split(text))
            quoted.Append(letter[0] switch
            {
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ when letter[0] == quote => $@"\{quote}",
                _ when letter == " " || IsPrintable(letter) => letter,
                _ => Escape(letter),
            });
        return quoted.Append(quote).ToString();
    }

    private static bool IsPrintable(string letter) => CharUnicodeInfo.GetUnicodeCategory(letter, 0) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    private static string Escape(string letter)
    {
        int code = letter.Length == 2 ? char.ConvertToUtf32(letter, 0) : letter[0];
        return code <= 0xFF ? $@"\x{code:x2}" : code <= 0xFFFF ? $@"\u{code:x4}" : $@"\U{code:x8}";
    }
}
