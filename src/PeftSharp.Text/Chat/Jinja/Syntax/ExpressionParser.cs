using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using PeftSharp.Text.Chat.Jinja.Nodes;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>Reads expressions, in Jinja's order of operators: if, or, and, not, comparison, + −, ~, * /, **, sign, filter.</summary>
internal sealed class ExpressionParser(TokenStream tokens, Action<string> onName)
{
    private static readonly HashSet<string> s_comparisons = ["==", "!=", "<", "<=", ">", ">="];

    public Expression Read(bool withCondition = true)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return withCondition ? ReadCondition() : ReadOr();
    }

    /// <summary>One expression, or several with commas between them: a tuple.</summary>
    public Expression ReadTuple(bool withCondition = true, string? endName = null)
    {
        int line = tokens.Current.Line;
        Expression first = Read(withCondition);
        if (!tokens.Current.IsOperator(","))
            return first;
        List<Expression> items = [first];
        while (tokens.SkipOperator(","))
        {
            if (IsEndOfTuple(endName))
                break;
            items.Add(Read(withCondition));
        }
        return new TupleDisplay(items) { Line = line };
    }

    public ArgumentList ReadArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? morePositional = null, moreNamed = null;
        while (!tokens.SkipOperator(")"))
        {
            if (positional.Count + named.Count > 0 || morePositional is not null || moreNamed is not null)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(")"))
                    break;
            }
            if (moreNamed is not null || (morePositional is not null && tokens.Current.IsOperator("*")))
                throw new TemplateFault("the arguments of a call are out of order");
            if (tokens.SkipOperator("*"))
                morePositional = Read();
            else if (tokens.SkipOperator("**"))
                moreNamed = Read();
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
            {
                string name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Read()));
            }
            else if (named.Count > 0 || morePositional is not null)
                throw new TemplateFault("the arguments of a call are out of order");
            else
                positional.Add(Read());
        }
        return new ArgumentList { Positional = positional, Named = named, MorePositional = morePositional, MoreNamed = moreNamed };
    }

    /// <summary>The filters that follow <c>|</c>, each on the one before; null if there is none.</summary>
    public FilterCall? ReadFilters(Expression? of, bool startsInline = false)
    {
        FilterCall? last = null;
        while (startsInline || tokens.SkipOperator("|"))
        {
            startsInline = false;
            int line = tokens.Current.Line;
            string name = ReadDottedName();
            ArgumentList arguments = tokens.Current.IsOperator("(") ? ReadArguments() : ArgumentList.Empty;
            last = new FilterCall(last ?? of, name, arguments) { Line = line };
        }
        return last;
    }

    public Expression ReadPrimary(bool asTarget = false)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Token token = tokens.Next();
        Constant Literal(Value value) => new(value) { Line = token.Line };
        switch (token.Kind)
        {
            case TokenKind.Name when token.Text is "true" or "True" or "false" or "False":
                return Literal(BoolValue.Of(token.Text is "true" or "True"));
            case TokenKind.Name when token.Text is "none" or "None":
                return Literal(NoneValue.Instance);
            case TokenKind.Name:
                Name name = new(token.Text) { Line = token.Line };
                if (asTarget && tokens.SkipOperator("."))
                    return new Nodes.Attribute(name, tokens.ExpectAnyName()) { Line = token.Line };
                if (!asTarget)
                    onName(token.Text);
                return name;
            case TokenKind.String:
                string text = token.Text;
                while (tokens.Current.Kind == TokenKind.String)
                    text += tokens.Next().Text;
                return Literal(new StringValue(text));
            case TokenKind.Integer:
                return Literal(new IntegerValue(Whole(token.Text)));
            case TokenKind.Float:
                return Literal(new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                return ReadParenthesised(token.Line);
            case TokenKind.Operator when token.Text == "[":
                return new ListDisplay(ReadItems("]", () => Read())) { Line = token.Line };
            case TokenKind.Operator when token.Text == "{":
                return new DictDisplay(ReadItems("}", ReadPair)) { Line = token.Line };
            default:
                throw new TemplateFault($"{token.Description} stands where a value is expected");
        }
    }

    private static BigInteger Whole(string digits) => digits.Length <= 1000
        ? BigInteger.Parse(digits, CultureInfo.InvariantCulture)
        : throw new TemplateFault("a whole number has too many digits");

    private Expression ReadParenthesised(int line)
    {
        if (tokens.SkipOperator(")"))
            return new TupleDisplay([]) { Line = line };
        Expression inner = ReadTuple();
        tokens.ExpectOperator(")");
        return inner;
    }

    private List<T> ReadItems<T>(string close, Func<T> read)
    {
        List<T> items = [];
        while (!tokens.SkipOperator(close))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(close))
                    break;
            }
            items.Add(read());
        }
        return items;
    }

    private (Expression, Expression) ReadPair()
    {
        Expression key = Read();
        tokens.ExpectOperator(":");
        return (key, Read());
    }

    private bool IsEndOfTuple(string? endName) => tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd
        || tokens.Current.IsOperator(")") || (endName is not null && tokens.Current.IsName(endName));

    private string ReadDottedName()
    {
        string name = tokens.ExpectAnyName();
        while (tokens.SkipOperator("."))
            name += "." + tokens.ExpectAnyName();
        return name;
    }

    private Expression ReadCondition()
    {
        int line = tokens.Current.Line;
        Expression value = ReadOr();
        while (tokens.SkipName("if"))
        {
            Expression condition = ReadOr();
            value = new Conditional(condition, value, tokens.SkipName("else") ? Read() : null) { Line = line };
        }
        return value;
    }

    private Expression ReadOr()
    {
        Expression left = ReadAnd();
        while (tokens.Current.IsName("or"))
            left = new Or(left, After(ReadAnd)) { Line = left.Line };
        return left;
    }

    private Expression ReadAnd()
    {
        Expression left = ReadNot();
        while (tokens.Current.IsName("and"))
            left = new And(left, After(ReadNot)) { Line = left.Line };
        return left;
    }

    private Expression ReadNot()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int line = tokens.Current.Line;
        return tokens.SkipName("not") ? new Not(ReadNot()) { Line = line } : ReadComparison();
    }

    private Expression ReadComparison()
    {
        Expression first = ReadSum();
        List<(string, Expression)> rest = [];
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && s_comparisons.Contains(tokens.Current.Text))
                rest.Add((tokens.Next().Text, ReadSum()));
            else if (tokens.SkipName("in"))
                rest.Add(("in", ReadSum()));
            else if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
            {
                tokens.Next();
                rest.Add(("not in", After(ReadSum)));
            }
            else
                return rest.Count == 0 ? first : new ComparisonChain(first, rest) { Line = first.Line };
        }
    }

    private Expression ReadSum() => ReadBinary(ReadConcatenation, "+", "-");

    private Expression ReadConcatenation()
    {
        Expression first = ReadProduct();
        if (!tokens.Current.IsOperator("~"))
            return first;
        List<Expression> parts = [first];
        while (tokens.SkipOperator("~"))
            parts.Add(ReadProduct());
        return new Concatenation(parts) { Line = first.Line };
    }

    private Expression ReadProduct() => ReadBinary(ReadPower, "*", "/", "//", "%");

    private Expression ReadPower() => ReadBinary(() => ReadSigned(), "**");

    private Expression ReadBinary(Func<Expression> operand, params ReadOnlySpan<string> operations)
    {
        Expression left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && operations.Contains(tokens.Current.Text))
        {
            string operation = tokens.Next().Text;
            left = new Binary(operation, left, operand()) { Line = left.Line };
        }
        return left;
    }

    private Expression ReadSigned(bool withFilter = true)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int line = tokens.Current.Line;
        Expression value = tokens.SkipOperator("-") ? new Signed(true, ReadSigned(withFilter: false)) { Line = line }
            : tokens.SkipOperator("+") ? new Signed(false, ReadSigned(withFilter: false)) { Line = line }
            : ReadPrimary();
        value = ReadPostfix(value);
        return withFilter ? ReadFiltersAndTests(value) : value;
    }

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.SkipOperator("."))
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new Item(value, new Constant(new IntegerValue(Whole(tokens.Next().Text))) { Line = line }) { Line = line }
                    : new Nodes.Attribute(value, tokens.ExpectAnyName()) { Line = line };
            else if (tokens.SkipOperator("["))
                value = ReadSubscript(value, line);
            else if (tokens.Current.IsOperator("("))
                value = new Call(value, ReadArguments()) { Line = line };
            else
                return value;
        }
    }

    private Expression ReadSubscript(Expression of, int line)
    {
        Expression? start = tokens.Current.IsOperator(":") ? null : ReadTuple();
        if (tokens.SkipOperator("]"))
            return new Item(of, start!) { Line = line };
        tokens.ExpectOperator(":");
        Expression? stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Read();
        Expression? step = tokens.SkipOperator(":") && !tokens.Current.IsOperator("]") ? Read() : null;
        tokens.ExpectOperator("]");
        return new Slice(of, start, stop, step) { Line = line };
    }

    private Expression ReadFiltersAndTests(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.Current.IsOperator("|"))
                value = ReadFilters(value)!;
            else if (tokens.SkipName("is"))
                value = ReadTest(value, line);
            else if (tokens.Current.IsOperator("("))
                value = new Call(value, ReadArguments()) { Line = line };
            else
                return value;
        }
    }

    private Expression ReadTest(Expression of, int line)
    {
        bool negated = tokens.SkipName("not");
        string name = ReadDottedName();
        ArgumentList arguments = ArgumentList.Empty;
        if (tokens.Current.IsOperator("("))
            arguments = ReadArguments();
        else if (StartsArgument(tokens.Current))
        {
            if (tokens.Current.IsName("is"))
                throw new TemplateFault("tests with 'is' cannot follow one another");
            arguments = new ArgumentList { Positional = [ReadPostfix(ReadPrimary())] };
        }
        TestCall test = new(of, name, arguments) { Line = line };
        return negated ? new Not(test) { Line = line } : test;
    }

    private static bool StartsArgument(Token token) =>
        token.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || token.IsOperator("[") || token.IsOperator("{")
        || (token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and"));

    private Expression After(Func<Expression> read)
    {
        tokens.Next();
        return read();
    }
}
