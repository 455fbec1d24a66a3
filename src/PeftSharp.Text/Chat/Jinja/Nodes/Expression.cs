using System.Runtime.CompilerServices;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression
{
    public required int Line { get; init; }

    public Value Evaluate(Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        scope.Run.Budget.Spend();
        scope.Run.Line = Line;
        return Compute(scope);
    }

    protected abstract Value Compute(Scope scope);
}
