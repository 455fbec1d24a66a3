using System.Globalization;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary><c>'{0} {name[key]:>8}'.format(…)</c>; what a field asks for goes through the same doors as the rest of the template.</summary>
internal static class BraceFormat
{
    private const int MostNesting = 2;

    public static string Apply(string format, Arguments arguments, Run run) => new Formatting(arguments, run).Expand(format, 0);

    public static string ApplyMap(string format, Arguments arguments, Run run)
    {
        if (arguments.Bind("format_map", 1, "mapping")[0] is not DictValue dict)
            throw new TemplateFault("format_map needs a dictionary");
        Dictionary<string, Value> named = [];
        foreach ((Value key, Value value) in dict.Pairs)
            named[Printing.Text(key, run)] = value;
        return new Formatting(new Arguments([], named), run).Expand(format, 0);
    }

    private sealed class Formatting(Arguments arguments, Run run)
    {
        private int _next;
        private bool _isNumbered;

        public string Expand(string format, int depth)
        {
            if (depth == MostNesting)
                throw new TemplateFault("the format nests too deeply");
            TextSink sink = new(run.Budget);
            for (int i = 0; i < format.Length; i++)
            {
                if (format[i] is '{' or '}' && i + 1 < format.Length && format[i + 1] == format[i])
                    sink.Write(format[i++].ToString());
                else if (format[i] == '}')
                    throw new TemplateFault("a '}' stands alone in the format");
                else if (format[i] == '{')
                {
                    int end = EndOf(format, i);
                    sink.Write(Field(format[(i + 1)..end], depth));
                    i = end;
                }
                else
                    sink.Write(format[i].ToString());
            }
            return sink.ToString();
        }

        private static int EndOf(string format, int start)
        {
            int open = 0;
            for (int i = start; i < format.Length; i++)
            {
                open += format[i] switch { '{' => 1, '}' => -1, _ => 0 };
                if (open == 0)
                    return i;
            }
            throw new TemplateFault("a '{' in the format is not closed");
        }

        private string Field(string field, int depth)
        {
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            string spec = colon < 0 ? "" : Expand(field[(colon + 1)..], depth + 1);
            string name = colon < 0 ? field : field[..colon];
            int mark = name.IndexOf('!', StringComparison.Ordinal);
            string conversion = mark < 0 ? "" : name[(mark + 1)..];
            Value value = Lookup(mark < 0 ? name : name[..mark]);
            value = conversion switch
            {
                "" => value,
                "s" => new StringValue(Printing.Text(value, run)),
                "r" => new StringValue(Printing.Representation(value, run)),
                _ => throw new TemplateFault($"the format's conversion '{conversion}' is not understood"),
            };
            return spec.Length == 0 ? Printing.Text(value, run) : FormatSpec.Parse(spec).Format(value, run);
        }

        private Value Lookup(string path)
        {
            int end = path.AsSpan().IndexOfAny('.', '[');
            Value value = First(end < 0 ? path : path[..end]);
            for (int i = end < 0 ? path.Length : end; i < path.Length;)
            {
                int close = path[i] == '[' ? path.IndexOf(']', i) : -1;
                if (path[i] == '[' && close < 0 || path[i] is not ('[' or '.'))
                    throw new TemplateFault($"the field '{path}' of the format is not understood");
                int next = close >= 0 ? close + 1 : path.AsSpan(i + 1).IndexOfAny('.', '[') is >= 0 and int more ? i + 1 + more : path.Length;
                string part = path[(i + 1)..(close >= 0 ? close : next)];
                value = close < 0 ? Access.Dot(value, part, run)
                    : Access.Bracket(value, IsNumber(part, out int index) ? new IntegerValue(index) : new StringValue(part), run);
                i = next;
            }
            return value is UndefinedValue missing ? throw new TemplateFault(missing.Message) : value;
        }

        private Value First(string name)
        {
            if (name.Length == 0 || IsNumber(name, out _))
            {
                _isNumbered |= name.Length > 0;
                if (_isNumbered && name.Length == 0 || _isNumbered && _next > 0)
                    throw new TemplateFault("the format numbers some of its fields and not others");
                int index = name.Length == 0 ? _next++ : int.Parse(name, CultureInfo.InvariantCulture);
                return index < arguments.Positional.Count
                    ? arguments.Positional[index]
                    : throw new TemplateFault($"the format asks for value {index}, and {arguments.Positional.Count} are given");
            }
            return arguments.Named.TryGetValue(name, out Value? value)
                ? value
                : throw new TemplateFault($"the format asks for '{name}', which is not given");
        }

        private static bool IsNumber(string text, out int number) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
