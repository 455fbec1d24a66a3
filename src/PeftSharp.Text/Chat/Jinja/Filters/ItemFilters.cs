using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Filters of things with items, taken as a whole.</summary>
internal static class ItemFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
    [
        new("length", Length), new("count", Length), new("first", First), new("last", Last), new("list", ToList),
        new("join", Join), new("sort", Sort), new("unique", Unique), new("reverse", Reverse), new("sum", Sum),
        new("min", (value, a, run) => Extreme("min", value, a, run)), new("max", (value, a, run) => Extreme("max", value, a, run)),
        new("batch", InBatches), new("slice", InSlices), new("groupby", GroupBy), new("dictsort", SortDict), new("items", Items),
    ];

    private static IntegerValue Length(Value value, Arguments arguments, Run run) => new(Iteration.Count(value, run));

    private static Value First(Value value, Arguments arguments, Run run)
    {
        foreach (Value item in Iteration.Over(value, run))
            return item;
        return new UndefinedValue("there is no first item: the sequence is empty");
    }

    private static Value Last(Value value, Arguments arguments, Run run) => value is IteratorValue
        ? throw new TemplateFault("last does not work on a generator: make a list first")
        : Iteration.ToList(value, run) is [.., Value last] ? last : new UndefinedValue("there is no last item: the sequence is empty");

    private static ListValue ToList(Value value, Arguments arguments, Run run) => new(Iteration.ToList(value, run));

    private static StringValue Join(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("join", 0, "d", "attribute");
        string separator = given[0] is { } text ? Printing.Text(text, run) : "";
        Func<Value, Value> pick = ItemPath.Picker(given[1], run);
        TextSink sink = new(run.Budget);
        bool first = true;
        foreach (Value item in Iteration.Over(value, run))
        {
            if (!first)
                sink.Write(separator);
            sink.Write(Printing.Text(pick(item), run));
            first = false;
        }
        return new StringValue(sink.ToString());
    }

    private static ListValue Sort(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("sort", 0, "reverse", "case_sensitive", "attribute");
        Func<Value, Value> key = SortKey(given[2], given[1], run);
        return new ListValue(Ordering.Sort(Iteration.ToList(value, run), key, given[0]?.IsTrue ?? false, run));
    }

    private static IteratorValue Unique(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("unique", 0, "case_sensitive", "attribute");
        Func<Value, Value> key = ItemPath.Folding(ItemPath.Picker(given[1], run), given[0], run);
        HashSet<Value> seen = new(KeyEquality.Instance);
        return new IteratorValue(Iteration.Over(value, run).Where(item => seen.Add(key(item))));
    }

    private static Value Reverse(Value value, Arguments arguments, Run run) => value is StringValue text
        ? new StringValue(string.Concat(Iteration.ToList(text, run).Select(letter => ((StringValue)letter).Chars).Reverse()))
        : new IteratorValue(Enumerable.Reverse(Iteration.ToList(value, run)));

    private static Value Sum(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("sum", 0, "attribute", "start");
        Func<Value, Value> pick = ItemPath.Picker(given[0], run);
        Value total = given[1] ?? new IntegerValue(0);
        foreach (Value item in Iteration.Over(value, run))
            total = Arithmetic.Apply("+", total, pick(item), run);
        return total;
    }

    private static Value Extreme(string name, Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind(name, 0, "case_sensitive", "attribute");
        Func<Value, Value> key = SortKey(given[1], given[0], run);
        Value? best = null;
        foreach (Value item in Iteration.Over(value, run))
            if (best is null || Comparison.Compare(key(item), key(best)) is { } order && (name == "min" ? order < 0 : order > 0))
                best = item;
        return best ?? new UndefinedValue($"there is no {name}: the sequence is empty");
    }

    private static IteratorValue InBatches(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("batch", 1, "linecount", "fill_with");
        int size = Positive(given[0]!, "linecount");
        IEnumerable<Value> Batches()
        {
            foreach (Value[] batch in Iteration.Over(value, run).Chunk(size))
            {
                bool isShort = batch.Length < size && given[1] is not (null or NoneValue);
                run.Budget.Spend(isShort ? size : 1);
                yield return new ListValue(isShort ? [.. batch, .. Enumerable.Repeat(given[1]!, size - batch.Length)] : batch);
            }
        }
        return new IteratorValue(Batches());
    }

    private static IteratorValue InSlices(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("slice", 1, "slices", "fill_with");
        int slices = Positive(given[0]!, "slices");
        List<Value> items = Iteration.ToList(value, run);
        IEnumerable<Value> Slices()
        {
            int each = items.Count / slices, longer = items.Count % slices, start = 0;
            for (int i = 0; i < slices; i++)
            {
                run.Budget.Spend();
                int count = each + (i < longer ? 1 : 0);
                List<Value> slice = items.GetRange(start, count);
                if (given[1] is not (null or NoneValue) && i >= longer)
                    slice.Add(given[1]!);
                start += count;
                yield return new ListValue(slice);
            }
        }
        return new IteratorValue(Slices());
    }

    private static int Positive(Value value, string what) => Numbers.ToInt(value, 1, what) is > 0 and int number
        ? number
        : throw new TemplateFault($"{what} must be above 0");

    private static ListValue GroupBy(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("groupby", 1, "attribute", "default", "case_sensitive");
        Func<Value, Value> pick = ItemPath.Picker(given[0], run, given[1]);
        Func<Value, Value> key = ItemPath.Folding(pick, given[2], run);
        List<(Value Key, List<Value> Items)> groups = [];
        foreach (Value item in Ordering.Sort(Iteration.ToList(value, run), key, descending: false, run))
        {
            if (groups.Count == 0 || !Comparison.AreEqual(groups[^1].Key, key(item)))
                groups.Add((key(item), []));
            groups[^1].Items.Add(item);
        }
        return new ListValue([.. groups.Select(group => new GroupValue(pick(group.Items[0]), new ListValue(group.Items)))]);
    }

    private static ListValue SortDict(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (value is not DictValue dict)
            throw Numbers.Misfit(value, "a dictionary");
        int place = given[1] is StringValue { Chars: "value" } ? 1 : 0;
        Func<Value, Value> key = ItemPath.Folding(pair => ((TupleValue)pair).Items[place], given[0], run);
        return new ListValue(Ordering.Sort([.. DictMethods.Pairs(dict)], key, given[2]?.IsTrue ?? false, run));
    }

    private static IteratorValue Items(Value value, Arguments arguments, Run run) => value switch
    {
        UndefinedValue => new IteratorValue([]),
        DictValue dict => new IteratorValue(Iteration.Over(new ListValue(DictMethods.Pairs(dict)), run)),
        _ => throw Numbers.Misfit(value, "a dictionary"),
    };

    /// <summary>What is sorted by: one attribute, or several with commas between them.</summary>
    private static Func<Value, Value> SortKey(Value? attribute, Value? caseSensitive, Run run)
    {
        if (attribute is not StringValue names || !names.Chars.Contains(',', StringComparison.Ordinal))
            return ItemPath.Folding(ItemPath.Picker(attribute, run), caseSensitive, run);
        Func<Value, Value>[] parts = [.. names.Chars.Split(',').Select(name =>
            ItemPath.Folding(ItemPath.Picker(new StringValue(name), run), caseSensitive, run))];
        return item => new TupleValue([.. parts.Select(part => part(item))]);
    }
}
