using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary><c>{% if %}</c> with its branches; what they set stays set.</summary>
internal sealed class IfStatement(IReadOnlyList<(Expression Condition, Body Body)> branches, Body? otherwise) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        foreach ((Expression condition, Body body) in branches)
            if (condition.Evaluate(scope).IsTrue)
                return body.Execute(scope);
        return otherwise?.Execute(scope) ?? Flow.Next;
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c>.</summary>
internal sealed class LoopControl(Flow flow) : Statement
{
    protected override Flow Perform(Scope scope) => flow;
}
