using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary><c>'%s-%d' % values</c>.</summary>
internal static class PercentFormat
{
    public static string Apply(string format, Value values, Run run)
    {
        TextSink sink = new(run.Budget);
        IReadOnlyList<Value> given = values is TupleValue tuple ? tuple.Items : [values];
        int used = 0;
        bool named = false;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                sink.Write(format[i].ToString());
                continue;
            }
            i++;
            Value? byName = null;
            if (i < format.Length && format[i] == '(')
            {
                int close = format.IndexOf(')', i);
                if (close < 0 || values is not DictValue dict || !dict.TryGet(format[(i + 1)..close], out byName))
                    throw new TemplateFault("the format asks for a name that is not given");
                named = true;
                i = close + 1;
            }
            int start = i;
            while (i < format.Length && format[i] is '-' or '+' or ' ' or '0' or '#' or '.' or (>= '1' and <= '9'))
                i++;
            if (i >= format.Length)
                throw new TemplateFault("the format ends within a field");
            if (format[i] == '%')
            {
                sink.Write("%");
                continue;
            }
            Value value = byName ?? (used < given.Count ? given[used++] : throw new TemplateFault("the format asks for more values than are given"));
            sink.Write(Field(format[start..i], format[i], value, run));
        }
        if (used < given.Count && !named && values is not DictValue)
            throw new TemplateFault("the format uses fewer values than are given");
        return sink.ToString();
    }

    private static string Field(string flags, char type, Value value, Run run)
    {
        int count = flags.AsSpan().IndexOfAnyExcept("-+ 0#");
        string marks = count < 0 ? flags : flags[..count];
        string rest = count < 0 ? "" : flags[count..];
        bool isText = type is 's' or 'r' or 'a' or 'c';
        Value shown = type switch
        {
            's' => new StringValue(Printing.Text(value, run)),
            'r' or 'a' => new StringValue(Printing.Representation(value, run)),
            'c' when value is StringValue letter && CodePointText.Length(letter.Chars) == 1 => value,
            'd' or 'i' or 'u' when value is FloatValue real => double.IsFinite(real.Number)
                ? new IntegerValue(new BigInteger(Math.Truncate(real.Number)))
                : throw Numbers.Misfit(value, "a whole number"),
            _ when Numbers.IsNumber(value) => value,
            _ => throw Numbers.Misfit(value, "a number"),
        };
        string align = marks.Contains('-', StringComparison.Ordinal) ? "<" : isText ? ">" : marks.Contains('0', StringComparison.Ordinal) ? "0=" : ">";
        string sign = isText ? "" : marks.Contains('+', StringComparison.Ordinal) ? "+" : marks.Contains(' ', StringComparison.Ordinal) ? " " : "";
        string alternate = !isText && marks.Contains('#', StringComparison.Ordinal) ? "#" : "";
        if (rest.EndsWith('.'))
            rest += "0";
        string known = type switch { 'i' or 'u' => "d", 'r' or 'a' or 'c' when shown is StringValue => "s", _ => type.ToString() };
        if (known is "d" or "x" or "X" or "o" && rest.Contains('.', StringComparison.Ordinal))
            throw new TemplateFault("a precision for whole numbers in a format is not supported");
        return FormatSpec.Parse((align.Length == 2 ? align : " " + align) + sign + alternate + rest + known).Format(shown, run);
    }
}
