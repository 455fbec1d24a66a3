using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Sorting that leaves equal items in their order.</summary>
internal static class Ordering
{
    public static List<Value> Sort(IReadOnlyList<Value> items, Func<Value, Value> key, bool descending, Run run)
    {
        (Value Key, Value Item)[] keyed = [.. items.Select(item => (key(item), item))];
        Comparer<Value> comparer = Comparer<Value>.Create((a, b) =>
        {
            run.Budget.Spend(Math.Min(a.Weight, b.Weight));
            return Comparison.Compare(a, b) ?? 0;
        });
        try
        {
            IEnumerable<(Value Key, Value Item)> sorted = descending
                ? keyed.OrderByDescending(pair => pair.Key, comparer)
                : keyed.OrderBy(pair => pair.Key, comparer);
            return [.. sorted.Select(pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateFault fault)
        {
            throw new TemplateFault(fault.Message);
        }
    }
}
