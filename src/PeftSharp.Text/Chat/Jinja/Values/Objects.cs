using System.Diagnostics.CodeAnalysis;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>Something that can be called.</summary>
internal interface ICallable
{
    Value Call(Arguments arguments, Run run);
}

/// <summary>A value with attributes of its own.</summary>
internal interface IHasAttributes
{
    bool TryGetAttribute(string name, [NotNullWhen(true)] out Value? value);
}

/// <summary>A function or a method bound to its value.</summary>
internal sealed class FunctionValue(string name, Func<Arguments, Run, Value> body) : Value, ICallable
{
    public string Name => name;

    public override string TypeName => "function";

    public Value Call(Arguments arguments, Run run) => body(arguments, run);
}

/// <summary>What <c>namespace()</c> gives: the one thing whose attributes a template can set.</summary>
internal sealed class NamespaceValue(IEnumerable<KeyValuePair<string, Value>> attributes) : Value, IHasAttributes
{
    private readonly Dictionary<string, Value> _attributes = new(attributes);

    public override string TypeName => "Namespace";

    public bool TryGetAttribute(string name, [NotNullWhen(true)] out Value? value) => _attributes.TryGetValue(name, out value);

    public void Set(string name, Value value) => _attributes[name] = value;
}

/// <summary>What <c>cycler()</c> gives: its items in turn, for ever.</summary>
internal sealed class CyclerValue(IReadOnlyList<Value> items) : Value, IHasAttributes
{
    private int _place;

    public override string TypeName => "Cycler";

    public bool TryGetAttribute(string name, [NotNullWhen(true)] out Value? value)
    {
        value = name switch
        {
            "next" => new FunctionValue(name, (_, _) => Next()),
            "reset" => new FunctionValue(name, (_, _) => Reset()),
            "current" => items[_place],
            "items" => new TupleValue(items),
            "pos" => new IntegerValue(_place),
            _ => null,
        };
        return value is not null;
    }

    private Value Next()
    {
        Value item = items[_place];
        _place = (_place + 1) % items.Count;
        return item;
    }

    private NoneValue Reset()
    {
        _place = 0;
        return NoneValue.Instance;
    }
}

/// <summary>What <c>joiner()</c> gives: nothing the first time, the separator from then on.</summary>
internal sealed class JoinerValue(Value separator) : Value, ICallable
{
    private bool _used;

    public override string TypeName => "Joiner";

    public Value Call(Arguments arguments, Run run)
    {
        Value given = _used ? separator : StringValue.Empty;
        _used = true;
        return given;
    }
}
