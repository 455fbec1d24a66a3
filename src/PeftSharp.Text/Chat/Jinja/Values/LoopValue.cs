using System.Diagnostics.CodeAnalysis;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth, Func<Value, int, Run, Value>? recurse) : Value, IHasAttributes, ICallable
{
    private Value? _lastChanged;

    /// <summary>Which round it is, from 0.</summary>
    public int Index { get; set; }

    public override string TypeName => "LoopContext";

    public bool TryGetAttribute(string name, [NotNullWhen(true)] out Value? value)
    {
        value = name switch
        {
            "index" => new IntegerValue(Index + 1),
            "index0" => new IntegerValue(Index),
            "revindex" => new IntegerValue(items.Count - Index),
            "revindex0" => new IntegerValue(items.Count - Index - 1),
            "first" => BoolValue.Of(Index == 0),
            "last" => BoolValue.Of(Index == items.Count - 1),
            "length" => new IntegerValue(items.Count),
            "depth" => new IntegerValue(depth + 1),
            "depth0" => new IntegerValue(depth),
            "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
            "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue("there is no next item"),
            "cycle" => new FunctionValue(name, (given, _) => Cycle(given)),
            "changed" => new FunctionValue(name, (given, run) => Changed(given, run)),
            _ => null,
        };
        return value is not null;
    }

    /// <summary>Renders the loop's body over further items, as <c>recursive</c> loops do.</summary>
    public Value Call(Arguments arguments, Run run) => recurse is null
        ? throw new TemplateFault("only a loop marked 'recursive' can be called")
        : recurse(arguments.Bind("loop", 1, "iterable")[0]!, depth + 1, run);

    private Value Cycle(Arguments given) => given.Positional.Count > 0
        ? given.Positional[Index % given.Positional.Count]
        : throw new TemplateFault("loop.cycle needs items");

    private BoolValue Changed(Arguments given, Run run)
    {
        TupleValue now = new([.. given.Positional]);
        run.Budget.Spend(now.Weight);
        bool changed = _lastChanged is null || !Comparison.AreEqual(_lastChanged, now);
        _lastChanged = now;
        return BoolValue.Of(changed);
    }
}
