using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Tests;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Filters that go through items one by one: <c>map</c>, <c>select</c> and its kin.</summary>
internal static class SelectFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
    [
        new("map", Map),
        new("select", (value, a, run) => Select(value, a, run, wanted: true, ofAttribute: false)),
        new("reject", (value, a, run) => Select(value, a, run, wanted: false, ofAttribute: false)),
        new("selectattr", (value, a, run) => Select(value, a, run, wanted: true, ofAttribute: true)),
        new("rejectattr", (value, a, run) => Select(value, a, run, wanted: false, ofAttribute: true)),
    ];

    private static IteratorValue Map(Value value, Arguments arguments, Run run)
    {
        Func<Value, Value> map;
        if (arguments.Positional.Count == 0)
        {
            Value?[] given = new Arguments([], arguments.Named).Bind("map", 0, "attribute", "default");
            map = ItemPath.Picker(given[0] ?? throw new TemplateFault("map needs a filter or an attribute"), run, given[1]);
        }
        else
        {
            Filter filter = FilterTable.Get(StringMethods.Chars(arguments.Positional[0], "map"));
            Arguments rest = arguments.Skip(1);
            map = item => filter(item, rest, run);
        }
        return new IteratorValue(Iteration.Over(value, run).Select(map));
    }

    private static IteratorValue Select(Value value, Arguments arguments, Run run, bool wanted, bool ofAttribute)
    {
        Func<Value, Value> pick = item => item;
        if (ofAttribute)
        {
            if (arguments.Positional.Count == 0)
                throw new TemplateFault("selectattr and rejectattr need the name of an attribute");
            pick = ItemPath.Picker(arguments.Positional[0], run);
            arguments = arguments.Skip(1);
        }
        if (arguments.Positional.Count == 0)
            return new IteratorValue(Iteration.Over(value, run).Where(item => pick(item).IsTrue == wanted));
        Test test = TestTable.Get(StringMethods.Chars(arguments.Positional[0], "a test's name"));
        Arguments rest = arguments.Skip(1);
        return new IteratorValue(Iteration.Over(value, run).Where(item => test(pick(item), rest, run) == wanted));
    }
}
