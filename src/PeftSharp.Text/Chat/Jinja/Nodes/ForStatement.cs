using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary><c>{% for %}</c>.</summary>
internal sealed class ForStatement : Statement
{
    public required Expression Target { get; init; }

    public required Expression Items { get; init; }

    public required Expression? Filter { get; init; }

    public required bool IsRecursive { get; init; }

    public required Body Body { get; init; }

    public required Body? Otherwise { get; init; }

    protected override Flow Perform(Scope scope) => Loop(Items.Evaluate(scope), scope, 0);

    /// <summary>Runs the rounds; what comes after is of the loop around this one.</summary>
    private Flow Loop(Value value, Scope scope, int depth)
    {
        List<Value> items = [.. Iteration.Over(value, scope.Run).Where(item => Passes(item, scope))];
        bool ended = false;
        LoopValue loop = new(items, depth, IsRecursive ? (inner, level, run) => Recurse(inner, scope, level) : null);
        for (int i = 0; i < items.Count; i++)
        {
            scope.Run.Budget.Spend();
            Scope round = scope.Inner();
            loop.Index = i;
            Nodes.Target.Assign(Target, items[i], round);
            round.Set("loop", loop);
            Flow flow = Body.Execute(round);
            ended |= flow == Flow.Next;
            if (flow == Flow.Break)
                break;
        }
        // In Jinja a round that is left early does not count: the other branch runs unless one came to its end.
        return ended || Otherwise is null ? Flow.Next : Otherwise.Execute(scope.Inner());
    }

    private bool Passes(Value item, Scope scope)
    {
        if (Filter is null)
            return true;
        Scope inner = scope.Inner();
        Nodes.Target.Assign(Target, item, inner);
        return Filter.Evaluate(inner).IsTrue;
    }

    private StringValue Recurse(Value items, Scope scope, int depth)
    {
        scope.Run.Budget.Enter();
        TextSink sink = new(scope.Run.Budget);
        Loop(items, scope.Inner(sink), depth);
        scope.Run.Budget.Leave();
        return new StringValue(sink.ToString());
    }
}
