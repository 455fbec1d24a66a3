using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Filters of any value.</summary>
internal static class ValueFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
    [
        new("default", Default), new("d", Default), new("attr", Attribute), new("tojson", ToJson),
    ];

    private static Value Default(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("default", 0, "default_value", "boolean");
        bool missing = value is UndefinedValue || ((given[1]?.IsTrue ?? false) && !value.IsTrue);
        return missing ? given[0] ?? StringValue.Empty : value;
    }

    private static Value Attribute(Value value, Arguments arguments, Run run)
    {
        string name = Methods.StringMethods.Chars(arguments.Bind("attr", 1, "name")[0], "attr");
        return Access.Attribute(value, name, run) ?? new UndefinedValue($"'{value.TypeName} object' has no attribute '{name}'");
    }

    private static StringValue ToJson(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        (string items, string keys) = Separators(given[2], indented: given[1] is not (null or NoneValue));
        JsonText json = new(run)
        {
            AsciiOnly = given[0]?.IsTrue ?? false,
            Indent = given[1] switch
            {
                null or NoneValue => null,
                StringValue text => text.Chars,
                { } width => new string(' ', Math.Clamp(Numbers.ToInt(width, 0, "indent"), 0, 100)),
            },
            ItemSeparator = items,
            KeySeparator = keys,
            SortKeys = given[3]?.IsTrue ?? false,
        };
        return new StringValue(json.Write(value));
    }

    private static (string Items, string Keys) Separators(Value? given, bool indented) => given switch
    {
        null or NoneValue => (indented ? "," : ", ", ": "),
        SequenceValue { Items: [StringValue items, StringValue keys] } => (items.Chars, keys.Chars),
        _ => throw new TemplateFault("tojson's separators are two texts"),
    };
}
