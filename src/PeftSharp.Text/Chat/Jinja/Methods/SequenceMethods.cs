using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>The methods of lists and tuples that do not change them.</summary>
internal static class SequenceMethods
{
    public static Value? Find(SequenceValue sequence, string name) => name switch
    {
        "count" => new FunctionValue(name, (arguments, run) =>
            new IntegerValue(Places(sequence, arguments.Bind(name, 1, "value")[0]!, run).Count())),
        "index" => new FunctionValue(name, (arguments, run) => Index(sequence, arguments, run)),
        "grouper" when sequence is GroupValue => sequence.Items[0],
        "list" when sequence is GroupValue => sequence.Items[1],
        "copy" when sequence is ListValue => new FunctionValue(name, (_, _) => sequence),
        "append" or "clear" or "pop" or "reverse" or "insert" or "sort" or "extend" or "remove" when sequence is ListValue =>
            UndefinedValue.Unsafe(sequence, name),
        _ => null,
    };

    private static IntegerValue Index(SequenceValue sequence, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("index", 1, "value", "start", "stop");
        int count = sequence.Items.Count;
        int start = Place(given[1], 0, count), stop = Place(given[2], count, count);
        foreach (int place in Places(sequence, given[0]!, run))
            if (place >= start && place < stop)
                return new IntegerValue(place);
        throw new TemplateFault("index: the value is not among the items");
    }

    private static int Place(Value? bound, int ifMissing, int count)
    {
        int place = Numbers.ToInt(bound, ifMissing, "a place in the list");
        return place < 0 ? Math.Max(0, place + count) : place;
    }

    private static IEnumerable<int> Places(SequenceValue sequence, Value value, Run run)
    {
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            run.Budget.Spend(Math.Min(sequence.Items[i].Weight, value.Weight));
            if (Comparison.AreEqual(sequence.Items[i], value))
                yield return i;
        }
    }
}
