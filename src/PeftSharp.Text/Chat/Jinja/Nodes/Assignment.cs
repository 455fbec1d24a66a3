using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>Where a value is put: a name, names in a tuple, or an attribute of a namespace.</summary>
internal static class Target
{
    public static void Assign(Expression target, Value value, Scope scope)
    {
        switch (target)
        {
            case Name name:
                scope.Set(name.Text, value);
                break;
            case Attribute { Of: Name of } attribute:
                if (scope.Get(of.Text) is not NamespaceValue names)
                    throw new TemplateFault($"'{of.Text}' is no namespace: its attributes cannot be set");
                names.Set(attribute.Text, value);
                break;
            case TupleDisplay tuple:
                List<Value> items = Iteration.ToList(value, scope.Run);
                if (items.Count != tuple.Items.Count)
                    throw new TemplateFault($"{items.Count} value(s) are put into {tuple.Items.Count} names");
                for (int i = 0; i < items.Count; i++)
                    Assign(tuple.Items[i], items[i], scope);
                break;
            default:
                throw new TemplateFault("a value is put into what is no name");
        }
    }
}

/// <summary><c>{% set a = b %}</c>.</summary>
internal sealed class SetStatement(Expression target, Expression value) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        Target.Assign(target, value.Evaluate(scope), scope);
        return Flow.Next;
    }
}

/// <summary><c>{% set a %}…{% endset %}</c>.</summary>
internal sealed class SetBlock(Expression target, FilterCall? filter, Body body) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        string text = body.Render(scope);
        Target.Assign(target, filter is null ? new StringValue(text) : filter.Apply(text, scope), scope);
        return Flow.Next;
    }
}

/// <summary><c>{% with a = b %}…{% endwith %}</c>.</summary>
internal sealed class WithStatement(IReadOnlyList<(Expression Target, Expression Value)> values, Body body) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        Scope inner = scope.Inner();
        foreach ((Expression target, Expression value) in values)
            Target.Assign(target, value.Evaluate(scope), inner);
        return body.Execute(inner);
    }
}
