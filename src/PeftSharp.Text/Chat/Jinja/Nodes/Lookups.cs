using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>A variable.</summary>
internal sealed class Name(string name) : Expression
{
    public string Text => name;

    protected override Value Compute(Scope scope) => scope.Get(name);
}

/// <summary><c>a.b</c>. Before <c>=</c> it names an attribute to set.</summary>
internal sealed class Attribute(Expression of, string name) : Expression
{
    public Expression Of => of;

    public string Text => name;

    protected override Value Compute(Scope scope) => Access.Dot(of.Evaluate(scope), name, scope.Run);
}

/// <summary><c>a[b]</c>.</summary>
internal sealed class Item(Expression of, Expression key) : Expression
{
    protected override Value Compute(Scope scope)
    {
        Value value = of.Evaluate(scope);
        return Access.Bracket(value, key.Evaluate(scope), scope.Run);
    }
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed class Slice(Expression of, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override Value Compute(Scope scope) => Access.Slice(
        of.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope), scope.Run);
}
