using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Nodes;

/// <summary>A sum, product or the like.</summary>
internal sealed class Binary(string operation, Expression left, Expression right) : Expression
{
    protected override Value Compute(Scope scope)
    {
        Value first = left.Evaluate(scope);
        return Arithmetic.Apply(operation, first, right.Evaluate(scope), scope.Run);
    }
}

/// <summary>A sign in front of a number.</summary>
internal sealed class Signed(bool negative, Expression of) : Expression
{
    protected override Value Compute(Scope scope)
    {
        Value value = of.Evaluate(scope);
        return negative ? Arithmetic.Negate(value) : Arithmetic.Plus(value);
    }
}

/// <summary><c>not a</c>.</summary>
internal sealed class Not(Expression of) : Expression
{
    protected override Value Compute(Scope scope) => BoolValue.Of(!of.Evaluate(scope).IsTrue);
}

/// <summary><c>a and b</c>: the first if it is false, else the second.</summary>
internal sealed class And(Expression left, Expression right) : Expression
{
    protected override Value Compute(Scope scope) => left.Evaluate(scope) is { IsTrue: false } first ? first : right.Evaluate(scope);
}

/// <summary><c>a or b</c>: the first if it is true, else the second.</summary>
internal sealed class Or(Expression left, Expression right) : Expression
{
    protected override Value Compute(Scope scope) => left.Evaluate(scope) is { IsTrue: true } first ? first : right.Evaluate(scope);
}

/// <summary><c>a ~ b</c>: texts one behind the other.</summary>
internal sealed class Concatenation(IReadOnlyList<Expression> parts) : Expression
{
    protected override Value Compute(Scope scope)
    {
        TextSink sink = new(scope.Run.Budget);
        foreach (Expression part in parts)
            sink.Write(Printing.Text(part.Evaluate(scope), scope.Run));
        return new StringValue(sink.ToString());
    }
}

/// <summary><c>a if b else c</c>.</summary>
internal sealed class Conditional(Expression condition, Expression ifTrue, Expression? ifFalse) : Expression
{
    protected override Value Compute(Scope scope) => condition.Evaluate(scope).IsTrue
        ? ifTrue.Evaluate(scope)
        : ifFalse?.Evaluate(scope) ?? new UndefinedValue("an 'if' without 'else' was false where its value is needed");
}

/// <summary><c>a &lt; b &lt;= c</c>: each pair must hold.</summary>
internal sealed class ComparisonChain(Expression first, IReadOnlyList<(string Operation, Expression Operand)> rest) : Expression
{
    protected override Value Compute(Scope scope)
    {
        Value left = first.Evaluate(scope);
        foreach ((string operation, Expression operand) in rest)
        {
            Value right = operand.Evaluate(scope);
            if (!Holds(operation, left, right, scope.Run))
                return BoolValue.False;
            left = right;
        }
        return BoolValue.True;
    }

    private static bool Holds(string operation, Value left, Value right, Run run)
    {
        if (operation is "in" or "not in")
            return Comparison.Contains(right, left, run) == (operation == "in");
        run.Budget.Spend(Math.Min(left.Weight, right.Weight));
        return operation switch
        {
            "==" => Comparison.AreEqual(left, right),
            "!=" => !Comparison.AreEqual(left, right),
            "<" => Comparison.Compare(left, right) < 0,
            "<=" => Comparison.Compare(left, right) <= 0,
            ">" => Comparison.Compare(left, right) > 0,
            _ => Comparison.Compare(left, right) >= 0,
        };
    }
}
