using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>The methods of a dictionary that do not change it.</summary>
internal static class DictMethods
{
    public static Value? Find(DictValue dict, string name) => name switch
    {
        "get" => new FunctionValue(name, (arguments, _) => Get(dict, arguments)),
        "items" => Listing(name, arguments => new ViewValue("dict_items", Pairs(dict))),
        "keys" => Listing(name, arguments => new ViewValue("dict_keys", dict.Keys)),
        "values" => Listing(name, arguments => new ViewValue("dict_values", [.. dict.Pairs.Select(pair => pair.Value)])),
        "copy" => Listing(name, arguments => dict),
        "clear" or "pop" or "popitem" or "setdefault" or "update" or "fromkeys" => UndefinedValue.Unsafe(dict, name),
        _ => null,
    };

    /// <summary>The entries, each a tuple.</summary>
    public static IReadOnlyList<Value> Pairs(DictValue dict) => [.. dict.Pairs.Select(pair => new TupleValue([pair.Key, pair.Value]))];

    private static Value Get(DictValue dict, Arguments arguments)
    {
        Value?[] given = arguments.Bind("get", 1, "key", "default");
        return dict.TryGet(given[0]!, out Value? value) ? value : given[1] ?? NoneValue.Instance;
    }

    private static FunctionValue Listing(string name, Func<Arguments, Value> body) => new(name, (arguments, run) =>
    {
        _ = arguments.Bind(name, 0);
        Value listing = body(arguments);
        run.Budget.Spend(listing is SequenceValue sequence ? sequence.Items.Count : 1);
        return listing;
    });
}
