using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>Text outside all tags.</summary>
internal sealed class TextStatement(string text) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        scope.Sink.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ a }}</c>.</summary>
internal sealed class PrintStatement(Expression value) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        scope.Sink.Write(Printing.Text(value.Evaluate(scope), scope.Run));
        return Flow.Next;
    }
}

/// <summary><c>{% filter name %}…{% endfilter %}</c>.</summary>
internal sealed class FilterBlock(FilterCall filter, Body body) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        string text = body.Render(scope);
        scope.Sink.Write(Printing.Text(filter.Apply(text, scope), scope.Run));
        return Flow.Next;
    }
}

/// <summary><c>{% generation %}…{% endgeneration %}</c>: what the model is to learn to write.</summary>
internal sealed class GenerationBlock(Body body) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        int start = scope.Sink.Length;
        Flow flow = body.Execute(scope.Inner());
        scope.Run.MarkGenerated(scope.Sink, start);
        return flow;
    }
}

/// <summary>A block with a scope of its own and nothing else to it.</summary>
internal sealed class ScopeBlock(Body body) : Statement
{
    protected override Flow Perform(Scope scope) => body.Execute(scope.Inner());
}
