using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>A value written in the template.</summary>
internal sealed class Constant(Value value) : Expression
{
    public Value Value => value;

    protected override Value Compute(Scope scope) => value;
}

/// <summary><c>[a, b]</c>.</summary>
internal sealed class ListDisplay(IReadOnlyList<Expression> items) : Expression
{
    protected override Value Compute(Scope scope) => new ListValue([.. items.Select(item => item.Evaluate(scope))]);
}

/// <summary><c>(a, b)</c>.</summary>
internal sealed class TupleDisplay(IReadOnlyList<Expression> items) : Expression
{
    public IReadOnlyList<Expression> Items => items;

    protected override Value Compute(Scope scope) => new TupleValue([.. items.Select(item => item.Evaluate(scope))]);
}

/// <summary><c>{a: b}</c>.</summary>
internal sealed class DictDisplay(IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression
{
    protected override Value Compute(Scope scope) =>
        new DictValue(pairs.Select(pair => (pair.Key.Evaluate(scope), pair.Value.Evaluate(scope))));
}
