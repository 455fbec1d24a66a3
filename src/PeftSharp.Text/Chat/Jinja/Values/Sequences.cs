using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>Items in a row that can be counted and indexed.</summary>
internal abstract class SequenceValue : Value
{
    /// <summary>The most values within one value: a few lines of a template can nest lists to astronomical size.</summary>
    public const long MostWeight = 5_000_000;

    protected SequenceValue(IReadOnlyList<Value> items)
    {
        Items = items;
        Weight = Weigh(items);
    }

    public IReadOnlyList<Value> Items { get; }

    public override bool IsTrue => Items.Count > 0;

    public override long Weight { get; }

    public static long Weigh(IEnumerable<Value> items)
    {
        long weight = 1;
        foreach (Value item in items)
            weight += item.Weight;
        return weight <= MostWeight ? weight : throw new TemplateFault($"a value grew beyond {MostWeight} items");
    }
}

/// <summary>A list.</summary>
internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";
}

/// <summary>A tuple.</summary>
internal class TupleValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "tuple";
}

/// <summary>A group of the filter <c>groupby</c>: a tuple whose parts have names too.</summary>
internal sealed class GroupValue(Value grouper, Value list) : TupleValue([grouper, list]);

/// <summary>The keys, values or pairs of a dictionary: counted, not indexed.</summary>
internal sealed class ViewValue(string typeName, IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => typeName;
}

/// <summary>Whole numbers at equal steps, none of them stored.</summary>
internal sealed class RangeValue(long start, long stop, long step, int count) : Value
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public int Count => count;

    public override string TypeName => "range";

    public override bool IsTrue => count > 0;

    public override long Weight => 1 + count;

    public Value this[int index] => new IntegerValue(start + (step * index));
}

/// <summary>Items that can be taken once, one after the other, as a generator's.</summary>
internal sealed class IteratorValue(IEnumerable<Value> items) : Value
{
    private readonly IEnumerator<Value> _items = items.GetEnumerator();

    public override string TypeName => "generator";

    public bool TryNext(out Value item)
    {
        bool more = _items.MoveNext();
        item = more ? _items.Current : NoneValue.Instance;
        return more;
    }
}
