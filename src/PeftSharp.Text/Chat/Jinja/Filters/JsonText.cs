using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>JSON as Python's <c>json.dumps</c> writes it: no escaping for HTML, keys in their order.</summary>
internal sealed class JsonText(Run run)
{
    private readonly TextSink _sink = new(run.Budget);

    public bool AsciiOnly { get; init; }

    /// <summary>What each level is indented by; null for one line.</summary>
    public string? Indent { get; init; }

    public string ItemSeparator { get; init; } = ", ";

    public string KeySeparator { get; init; } = ": ";

    public bool SortKeys { get; init; }

    public string Write(Value value)
    {
        Write(value, 0);
        return _sink.ToString();
    }

    private void Write(Value value, int level)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case NoneValue: _sink.Write("null"); break;
            case BoolValue flag: _sink.Write(flag.IsTrue ? "true" : "false"); break;
            case IntegerValue whole: _sink.Write(whole.Number.ToString(CultureInfo.InvariantCulture)); break;
            case FloatValue number: _sink.Write(NumberText(number.Number)); break;
            case StringValue text: _sink.Write(Quote(text.Chars)); break;
            case ListValue or TupleValue:
                WriteAll("[", "]", ((SequenceValue)value).Items, level, item => Write(item, level + 1));
                break;
            case DictValue dict:
                IReadOnlyList<(Value Key, Value Value)> pairs = [.. dict.Pairs];
                if (SortKeys)
                    pairs = [.. pairs.Order(Comparer<(Value Key, Value)>.Create((a, b) => Comparison.Compare(a.Key, b.Key) ?? 0))];
                WriteAll("{", "}", pairs, level, pair =>
                {
                    _sink.Write(Quote(KeyText(pair.Key)) + KeySeparator);
                    Write(pair.Value, level + 1);
                });
                break;
            default:
                throw new TemplateFault($"a value of type '{value.TypeName}' cannot be written as JSON");
        }
    }

    private void WriteAll<T>(string open, string close, IReadOnlyList<T> items, int level, Action<T> write)
    {
        _sink.Write(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _sink.Write(ItemSeparator);
            NewLine(level + 1);
            write(items[i]);
        }
        if (items.Count > 0)
            NewLine(level);
        _sink.Write(close);
    }

    private void NewLine(int level)
    {
        if (Indent is null)
            return;
        _sink.Write("\n");
        for (int i = 0; i < level; i++)
            _sink.Write(Indent);
    }

    private static string NumberText(double number) => double.IsFinite(number) ? Numbers.ToText(number)
        : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

    private static string KeyText(Value key) => key switch
    {
        StringValue text => text.Chars,
        BoolValue flag => flag.IsTrue ? "true" : "false",
        NoneValue => "null",
        IntegerValue whole => whole.Number.ToString(CultureInfo.InvariantCulture),
        FloatValue number => NumberText(number.Number),
        _ => throw new TemplateFault($"a value of type '{key.TypeName}' cannot be a key in JSON"),
    };

    private string Quote(string text)
    {
        run.Budget.SpendChars(text.Length);
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                '\b' => quoted.Append(@"\b"),
                '\f' => quoted.Append(@"\f"),
                _ when c < ' ' || (AsciiOnly && c > '~') => quoted.Append(CultureInfo.InvariantCulture, $@"\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        return quoted.Append('"').ToString();
    }
}
