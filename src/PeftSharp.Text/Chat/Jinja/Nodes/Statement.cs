using System.Runtime.CompilerServices;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>What comes after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A part of a template that does something.</summary>
internal abstract class Statement
{
    public required int Line { get; init; }

    public Flow Execute(Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        scope.Run.Budget.Spend();
        scope.Run.Line = Line;
        return Perform(scope);
    }

    protected abstract Flow Perform(Scope scope);
}

/// <summary>Statements one after the other.</summary>
internal sealed class Body(IReadOnlyList<Statement> statements)
{
    public Flow Execute(Scope scope)
    {
        foreach (Statement statement in statements)
            if (statement.Execute(scope) is not Flow.Next and Flow flow)
                return flow;
        return Flow.Next;
    }

    /// <summary>What the statements write.</summary>
    public string Render(Scope scope)
    {
        TextSink sink = new(scope.Run.Budget);
        Execute(scope.Inner(sink));
        return sink.ToString();
    }
}
