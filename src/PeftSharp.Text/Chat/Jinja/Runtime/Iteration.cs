using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Walking through a value.</summary>
internal static class Iteration
{
    public static bool IsIterable(Value value) => value is StringValue or SequenceValue or DictValue or RangeValue or IteratorValue or UndefinedValue or LoopValue;

    /// <summary>The items of a value, each for a step.</summary>
    public static IEnumerable<Value> Over(Value value, Run run)
    {
        IEnumerable<Value> items = value switch
        {
            StringValue text => Letters(text, run),
            SequenceValue sequence => sequence.Items,
            DictValue dict => dict.Keys,
            RangeValue range => Enumerable.Range(0, range.Count).Select(i => range[i]),
            IteratorValue iterator => Rest(iterator),
            UndefinedValue => [],
            _ => throw new TemplateFault($"a value of type '{value.TypeName}' cannot be iterated over"),
        };
        return Paid(items, run);
    }

    public static List<Value> ToList(Value value, Run run) => [.. Over(value, run)];

    /// <summary>How many items there are, of a value that knows.</summary>
    public static int Count(Value value, Run run) => value switch
    {
        StringValue text => Length(text, run),
        SequenceValue sequence => sequence.Items.Count,
        DictValue dict => dict.Count,
        RangeValue range => range.Count,
        UndefinedValue => 0,
        LoopValue loop when loop.TryGetAttribute("length", out Value? length) => Numbers.ToInt(length, 0, "length"),
        _ => throw new TemplateFault($"a value of type '{value.TypeName}' has no length"),
    };

    private static int Length(StringValue text, Run run)
    {
        run.Budget.SpendChars(text.Chars.Length);
        return CodePointText.Length(text.Chars);
    }

    private static IEnumerable<Value> Letters(StringValue text, Run run)
    {
        run.Budget.SpendChars(text.Chars.Length);
        return CodePointText.Split(text.Chars).Select(letter => new StringValue(letter));
    }

    private static IEnumerable<Value> Rest(IteratorValue iterator)
    {
        while (iterator.TryNext(out Value item))
            yield return item;
    }

    private static IEnumerable<Value> Paid(IEnumerable<Value> items, Run run)
    {
        foreach (Value item in items)
        {
            run.Budget.Spend();
            yield return item;
        }
    }
}
