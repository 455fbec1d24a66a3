using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>A macro as the template has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Its parameters; those with a default need no argument.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Uses">Names that the body uses: whether it takes <c>varargs</c>, <c>kwargs</c> and <c>caller</c> hangs on that.</param>
internal sealed record MacroDefinition(
    string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Body Body, IReadOnlySet<string> Uses);

/// <summary><c>{% macro %}</c>.</summary>
internal sealed class MacroStatement(MacroDefinition definition) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        scope.Set(definition.Name, new MacroValue(definition, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call a() %}…{% endcall %}</c>.</summary>
internal sealed class CallBlock(Call call, MacroDefinition caller) : Statement
{
    protected override Flow Perform(Scope scope)
    {
        scope.Sink.Write(Printing.Text(call.Invoke(scope, new MacroValue(caller, scope)), scope.Run));
        return Flow.Next;
    }
}

/// <summary>A macro that can be called.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope home) : Value, ICallable, IHasAttributes
{
    public override string TypeName => "Macro";

    public bool TryGetAttribute(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Value? value)
    {
        value = name switch
        {
            "name" => new StringValue(definition.Name),
            "arguments" => new TupleValue([.. definition.Parameters.Select(parameter => new StringValue(parameter.Name))]),
            "catch_kwargs" => BoolValue.Of(definition.Uses.Contains("kwargs")),
            "catch_varargs" => BoolValue.Of(definition.Uses.Contains("varargs")),
            "caller" => BoolValue.Of(definition.Uses.Contains("caller")),
            _ => null,
        };
        return value is not null;
    }

    public Value Call(Arguments arguments, Run run)
    {
        run.Budget.Enter();
        TextSink sink = new(run.Budget);
        Scope scope = home.Inner(sink);
        Bind(arguments, scope);
        definition.Body.Execute(scope);
        run.Budget.Leave();
        return new StringValue(sink.ToString());
    }

    private void Bind(Arguments arguments, Scope scope)
    {
        Dictionary<string, Value> named = new(arguments.Named);
        IReadOnlyList<(string Name, Expression? Default)> parameters = definition.Parameters;
        for (int i = 0; i < parameters.Count; i++)
        {
            (string name, Expression? ifMissing) = parameters[i];
            scope.Set(name, i < arguments.Positional.Count ? arguments.Positional[i]
                : named.Remove(name, out Value? given) ? given
                : ifMissing?.Evaluate(scope) ?? new UndefinedValue($"the argument '{name}' of the macro '{definition.Name}' is not given"));
        }
        if (definition.Uses.Contains("caller") && !parameters.Any(parameter => parameter.Name == "caller"))
            scope.Set("caller", named.Remove("caller", out Value? caller) ? caller : new UndefinedValue("the macro is not called by a call block"));
        if (definition.Uses.Contains("kwargs"))
            scope.Set("kwargs", new DictValue(named.Select(pair => ((Value)new StringValue(pair.Key), pair.Value))));
        else if (named.Count > 0)
            throw new TemplateFault($"the macro '{definition.Name}' has no argument '{named.First().Key}'");
        if (definition.Uses.Contains("varargs"))
            scope.Set("varargs", new TupleValue([.. arguments.Positional.Skip(parameters.Count)]));
        else if (arguments.Positional.Count > parameters.Count)
            throw new TemplateFault($"the macro '{definition.Name}' takes at most {parameters.Count} argument(s)");
    }
}
