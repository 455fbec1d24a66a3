using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>
/// <c>value.name</c>, <c>value[key]</c> and slices. The only attributes are those of the tables here: there is nothing behind
/// a value to escape to.
/// </summary>
internal static class Access
{
    /// <summary><c>value.name</c>: the attribute, or else the item of that name.</summary>
    public static Value Dot(Value value, string name, Run run) =>
        Attribute(value, name, run) ?? Item(value, new StringValue(name), run) ?? Missing(value, name);

    /// <summary><c>value[key]</c>: the item, or else the attribute of that name.</summary>
    public static Value Bracket(Value value, Value key, Run run)
    {
        if (value is UndefinedValue missing)
            throw new TemplateFault(missing.Message);
        return Item(value, key, run)
            ?? (key is StringValue name ? Attribute(value, name.Chars, run) ?? Missing(value, name.Chars) : MissingItem(value, key, run));
    }

    /// <summary>The attribute of a value, null if it has none of that name.</summary>
    public static Value? Attribute(Value value, string name, Run run)
    {
        if (value is UndefinedValue missing)
            throw new TemplateFault(missing.Message);
        if (name.StartsWith("__", StringComparison.Ordinal))
            return value is DictValue or NamespaceValue && !name.EndsWith("__", StringComparison.Ordinal) ? null : UndefinedValue.Unsafe(value, name);
        if (value is IHasAttributes own && own.TryGetAttribute(name, out Value? found))
            return found;
        return value switch
        {
            StringValue text => StringMethods.Find(text, name),
            DictValue dict => DictMethods.Find(dict, name),
            ListValue or TupleValue => SequenceMethods.Find((SequenceValue)value, name),
            IntegerValue or BoolValue or FloatValue => NumberMethods.Find(value, name),
            _ => null,
        };
    }

    /// <summary><c>value[start:stop:step]</c>.</summary>
    public static Value Slice(Value value, Value? start, Value? stop, Value? step, Run run)
    {
        int stride = Bound(step) is { } given ? given : 1;
        if (stride == 0)
            throw new TemplateFault("the step of a slice is 0");
        if (value is UndefinedValue missing)
            throw new TemplateFault(missing.Message);
        if (value is StringValue text)
        {
            run.Budget.SpendChars(text.Chars.Length);
            if (CodePointText.IsPlain(text.Chars) && stride == 1)
            {
                (int from, int to) = Limits(text.Chars.Length, Bound(start), Bound(stop), 1);
                return new StringValue(from < to ? text.Chars[from..to] : "");
            }
            return new StringValue(string.Concat(Cut(CodePointText.Split(text.Chars), Bound(start), Bound(stop), stride)));
        }
        if (value is not (ListValue or TupleValue or RangeValue))
            return new UndefinedValue($"a value of type '{value.TypeName}' has no parts to slice");
        IReadOnlyList<Value> items = value is SequenceValue sequence ? sequence.Items : Iteration.ToList(value, run);
        run.Budget.Spend(items.Count);
        List<Value> cut = Cut(items, Bound(start), Bound(stop), stride);
        return value is TupleValue ? new TupleValue(cut) : new ListValue(cut);
    }

    private static int? Bound(Value? bound) => bound switch
    {
        null or NoneValue => null,
        _ when Numbers.TryInteger(bound, out BigInteger whole) => (int)BigInteger.Clamp(whole, -int.MaxValue, int.MaxValue),
        _ => throw Numbers.Misfit(bound, "a whole number for the bound of a slice"),
    };

    private static List<T> Cut<T>(IReadOnlyList<T> items, int? start, int? stop, int step)
    {
        (int from, int to) = Limits(items.Count, start, stop, step);
        List<T> cut = [];
        for (long i = from; step > 0 ? i < to : i > to; i += step)
            cut.Add(items[(int)i]);
        return cut;
    }

    /// <summary>Where a slice begins and where it ends, for a negative step from behind.</summary>
    private static (int From, int To) Limits(int count, int? start, int? stop, int step)
    {
        int lowest = step > 0 ? 0 : -1, highest = step > 0 ? count : count - 1;
        int Place(int? bound, int ifMissing) => bound is not { } place ? ifMissing
            : Math.Clamp(place < 0 ? (int)Math.Max((long)place + count, int.MinValue) : place, lowest, highest);
        return step > 0 ? (Place(start, 0), Place(stop, count)) : (Place(start, count - 1), Place(stop, -1));
    }

    private static Value? Item(Value value, Value key, Run run)
    {
        run.Budget.Spend(key.Weight);
        switch (value)
        {
            case DictValue dict:
                return dict.TryGet(key, out Value? found) ? found : null;
            case StringValue text when Index(key) is { } place:
                run.Budget.SpendChars(text.Chars.Length);
                IReadOnlyList<string> letters = CodePointText.IsPlain(text.Chars) ? [] : CodePointText.Split(text.Chars);
                int count = letters.Count > 0 ? letters.Count : text.Chars.Length;
                return Within(place, count) is { } i ? new StringValue(letters.Count > 0 ? letters[i] : text.Chars[i].ToString()) : null;
            case ListValue or TupleValue when Index(key) is { } place:
                IReadOnlyList<Value> items = ((SequenceValue)value).Items;
                return Within(place, items.Count) is { } at ? items[at] : null;
            case RangeValue range when Index(key) is { } place:
                return Within(place, range.Count) is { } number ? range[number] : null;
            default:
                return null;
        }
    }

    private static BigInteger? Index(Value key) => Numbers.TryInteger(key, out BigInteger whole) ? whole : null;

    private static int? Within(BigInteger place, int count)
    {
        BigInteger index = place.Sign < 0 ? place + count : place;
        return index.Sign >= 0 && index < count ? (int)index : null;
    }

    private static UndefinedValue Missing(Value value, string name) =>
        new($"'{value.TypeName} object' has no attribute '{name}'");

    private static UndefinedValue MissingItem(Value value, Value key, Run run) =>
        new($"{value.TypeName} object has no element {Printing.Representation(key, run)}");
}
