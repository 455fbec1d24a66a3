using PeftSharp.Text.Chat.Jinja.Filters;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Tests;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>The arguments of a call as the template has them.</summary>
internal sealed record ArgumentList
{
    public static ArgumentList Empty { get; } = new();

    public IReadOnlyList<Expression> Positional { get; init; } = [];

    public IReadOnlyList<(string Name, Expression Value)> Named { get; init; } = [];

    /// <summary>What follows a star: further arguments in a list.</summary>
    public Expression? MorePositional { get; init; }

    /// <summary>What follows two stars: further named arguments in a dictionary.</summary>
    public Expression? MoreNamed { get; init; }

    public Arguments Evaluate(Scope scope, Value? caller = null)
    {
        List<Value> positional = [.. Positional.Select(argument => argument.Evaluate(scope))];
        if (MorePositional is not null)
            positional.AddRange(Iteration.Over(MorePositional.Evaluate(scope), scope.Run));
        Dictionary<string, Value> named = [];
        void Add(string name, Value value)
        {
            if (!named.TryAdd(name, value))
                throw new TemplateFault($"'{name}' is given twice");
        }
        foreach ((string name, Expression value) in Named)
            Add(name, value.Evaluate(scope));
        if (MoreNamed is not null)
        {
            if (MoreNamed.Evaluate(scope) is not DictValue more)
                throw new TemplateFault("what follows ** is no dictionary");
            foreach ((Value key, Value value) in more.Pairs)
                Add(Methods.StringMethods.Chars(key, "the name of an argument"), value);
        }
        if (caller is not null)
            Add("caller", caller);
        return new Arguments(positional, named);
    }
}

/// <summary><c>a(b)</c>.</summary>
internal sealed class Call(Expression target, ArgumentList arguments) : Expression
{
    protected override Value Compute(Scope scope) => Invoke(scope, caller: null);

    /// <summary>Calls with the body of a call block, or without.</summary>
    public Value Invoke(Scope scope, Value? caller)
    {
        Value called = target.Evaluate(scope);
        Arguments given = arguments.Evaluate(scope, caller);
        return called switch
        {
            ICallable callable => callable.Call(given, scope.Run),
            UndefinedValue missing => throw new TemplateFault(missing.Message),
            _ => throw new TemplateFault($"a value of type '{called.TypeName}' cannot be called"),
        };
    }
}

/// <summary><c>a | name(b)</c>.</summary>
internal sealed class FilterCall(Expression? of, string name, ArgumentList arguments) : Expression
{
    private readonly Filter _filter = FilterTable.Get(name);

    /// <summary>Filters the text of a block.</summary>
    public Value Apply(string text, Scope scope)
    {
        Value value = of is FilterCall inner ? inner.Apply(text, scope) : new StringValue(text);
        return _filter(value, arguments.Evaluate(scope), scope.Run);
    }

    protected override Value Compute(Scope scope)
    {
        Value value = of!.Evaluate(scope);
        return _filter(value, arguments.Evaluate(scope), scope.Run);
    }
}

/// <summary><c>a is name(b)</c>.</summary>
internal sealed class TestCall(Expression of, string name, ArgumentList arguments) : Expression
{
    private readonly Test _test = TestTable.Get(name);

    protected override Value Compute(Scope scope)
    {
        Value value = of.Evaluate(scope);
        return BoolValue.Of(_test(value, arguments.Evaluate(scope), scope.Run));
    }
}
