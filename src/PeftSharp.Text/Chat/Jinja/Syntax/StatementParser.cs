using System.Runtime.CompilerServices;
using PeftSharp.Text.Chat.Jinja.Nodes;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>Reads the statements of a template.</summary>
internal sealed class StatementParser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly Stack<HashSet<string>> _uses = new();
    private int _loops;

    private StatementParser(IReadOnlyList<Token> tokens)
    {
        _tokens = new TokenStream(tokens);
        _expressions = new ExpressionParser(_tokens, NoteName);
    }

    /// <summary>Whether a generation block was read.</summary>
    private bool HasGeneration { get; set; }

    /// <summary>The statements of a template, and whether it marks what is generated.</summary>
    /// <param name="tokens">The template's tokens.</param>
    /// <param name="line">The line that is read, for errors.</param>
    public static (Body Body, bool HasGeneration) Read(IReadOnlyList<Token> tokens, ref int line)
    {
        StatementParser parser = new(tokens);
        try
        {
            return (parser.ReadBody(null), parser.HasGeneration);
        }
        finally
        {
            line = parser._tokens.Current.Line;
        }
    }

    private void NoteName(string name)
    {
        foreach (HashSet<string> uses in _uses)
            uses.Add(name);
    }

    /// <summary>Statements up to a tag that begins with one of these words, which is left to be read; without any, up to the end.</summary>
    private Body ReadBody(string? opened, params ReadOnlySpan<string> ends)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        List<Statement> statements = [];
        while (true)
        {
            Token token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.End:
                    return opened is null
                        ? new Body(statements)
                        : throw new TemplateFault($"the template ends within '{opened}'; '{ends[^1]}' is missing");
                case TokenKind.Data:
                    statements.Add(new TextStatement(token.Text) { Line = token.Line });
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new PrintStatement(_expressions.ReadTuple()) { Line = token.Line });
                    _tokens.Expect(TokenKind.VariableEnd, "'}}'");
                    break;
                default:
                    if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                        return new Body(statements);
                    statements.AddRange(ReadStatement());
                    break;
            }
        }
    }

    /// <summary>A body up to its end, tag and all.</summary>
    private Body ReadWhole(string opened)
    {
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        string end = "end" + opened;
        Body body = ReadBody(opened, end);
        _tokens.ExpectName(end);
        return body;
    }

    private List<Statement> ReadStatement()
    {
        int line = _tokens.Current.Line;
        string word = _tokens.ExpectAnyName();
        List<Statement> statements = word switch
        {
            "if" => [ReadIf(line)],
            "for" => [ReadFor(line)],
            "set" => [ReadSet(line)],
            "macro" => [ReadMacro(line)],
            "call" => [ReadCall(line)],
            "filter" => [ReadFilter(line)],
            "with" => [ReadWith(line)],
            "generation" => [ReadGeneration(line)],
            "break" or "continue" => [ReadControl(word, line)],
            "print" => ReadPrint(),
            "block" => [ReadBlock(line)],
            "autoescape" => [ReadAutoescape(line)],
            "include" or "import" or "from" or "extends" => throw new TemplateFault($"'{word}' is refused: a chat template reads no other file"),
            _ => throw new TemplateFault($"the tag '{word}' is unknown here"),
        };
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        return statements;
    }

    private IfStatement ReadIf(int line)
    {
        List<(Expression, Body)> branches = [];
        Body? otherwise = null;
        bool more = true;
        while (more)
        {
            Expression condition = _expressions.ReadTuple(withCondition: false);
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            branches.Add((condition, ReadBody("if", "elif", "else", "endif")));
            more = _tokens.SkipName("elif");
        }
        if (_tokens.SkipName("else"))
        {
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            otherwise = ReadBody("if", "endif");
        }
        _tokens.ExpectName("endif");
        return new IfStatement(branches, otherwise) { Line = line };
    }

    private ForStatement ReadFor(int line)
    {
        Expression target = ReadTarget("in");
        _tokens.ExpectName("in");
        Expression items = _expressions.ReadTuple(withCondition: false, endName: "recursive");
        Expression? filter = _tokens.SkipName("if") ? _expressions.Read() : null;
        bool recursive = _tokens.SkipName("recursive");
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        _loops++;
        Body body = ReadBody("for", "else", "endfor");
        _loops--;
        Body? otherwise = null;
        if (_tokens.SkipName("else"))
        {
            _tokens.Expect(TokenKind.BlockEnd, "'%}'");
            otherwise = ReadBody("for", "endfor");
        }
        _tokens.ExpectName("endfor");
        return new ForStatement { Line = line, Target = target, Items = items, Filter = filter, IsRecursive = recursive, Body = body, Otherwise = otherwise };
    }

    private Statement ReadSet(int line)
    {
        Expression target = ReadTarget(null, withAttributes: true);
        if (_tokens.SkipOperator("="))
            return new SetStatement(target, _expressions.ReadTuple()) { Line = line };
        FilterCall? filter = _expressions.ReadFilters(null);
        return new SetBlock(target, filter, OutsideLoops(() => ReadWhole("set"))) { Line = line };
    }

    private MacroStatement ReadMacro(int line)
    {
        string name = _tokens.ExpectAnyName();
        return new MacroStatement(ReadDefinition(name, () => ReadParameters(), () => ReadWhole("macro"))) { Line = line };
    }

    private CallBlock ReadCall(int line)
    {
        Call? call = null;
        MacroDefinition caller = ReadDefinition("caller", () =>
        {
            List<(string, Expression?)> parameters = _tokens.Current.IsOperator("(") ? ReadParameters() : [];
            call = _expressions.Read() as Call ?? throw new TemplateFault("a call block needs a call");
            return parameters;
        }, () => ReadWhole("call"));
        return new CallBlock(call!, caller) { Line = line };
    }

    /// <summary>A macro.</summary>
    private MacroDefinition ReadDefinition(string name, Func<List<(string, Expression?)>> readParameters, Func<Body> readBody)
    {
        HashSet<string> uses = [];
        List<(string, Expression?)> parameters = readParameters();
        _uses.Push(uses);
        Body body = OutsideLoops(readBody);
        _uses.Pop();
        return new MacroDefinition(name, parameters, body, uses);
    }

    /// <summary>A body that no loop around it can be left from.</summary>
    private Body OutsideLoops(Func<Body> read)
    {
        int loops = _loops;
        _loops = 0;
        Body body = read();
        _loops = loops;
        return body;
    }

    private List<(string, Expression?)> ReadParameters()
    {
        _tokens.ExpectOperator("(");
        List<(string Name, Expression? Default)> parameters = [];
        while (!_tokens.SkipOperator(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            string name = _tokens.ExpectAnyName();
            Expression? ifMissing = _tokens.SkipOperator("=") ? _expressions.Read() : null;
            if (ifMissing is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw new TemplateFault($"the parameter '{name}' needs a default: one before it has one");
            parameters.Add((name, ifMissing));
        }
        return parameters;
    }

    private FilterBlock ReadFilter(int line) =>
        new(_expressions.ReadFilters(null, startsInline: true)!, OutsideLoops(() => ReadWhole("filter"))) { Line = line };

    private WithStatement ReadWith(int line)
    {
        List<(Expression, Expression)> values = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _tokens.ExpectOperator(",");
            Expression target = _expressions.ReadPrimary(asTarget: true);
            _tokens.ExpectOperator("=");
            values.Add((target, _expressions.Read()));
        }
        return new WithStatement(values, ReadWhole("with")) { Line = line };
    }

    private GenerationBlock ReadGeneration(int line)
    {
        HasGeneration = true;
        return new GenerationBlock(OutsideLoops(() => ReadWhole("generation"))) { Line = line };
    }

    private LoopControl ReadControl(string word, int line) => _loops > 0
        ? new LoopControl(word == "break" ? Flow.Break : Flow.Continue) { Line = line }
        : throw new TemplateFault($"'{word}' stands outside of a loop");

    private List<Statement> ReadPrint()
    {
        List<Statement> prints = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (prints.Count > 0)
                _tokens.ExpectOperator(",");
            prints.Add(new PrintStatement(_expressions.Read()) { Line = _tokens.Current.Line });
        }
        return prints;
    }

    private ScopeBlock ReadBlock(int line)
    {
        string name = _tokens.ExpectAnyName();
        _ = _tokens.SkipName("scoped");
        ScopeBlock block = new(ReadWhole("block")) { Line = line };
        _ = _tokens.SkipName(name);
        return block;
    }

    private ScopeBlock ReadAutoescape(int line) => _expressions.Read() is Constant { Value.IsTrue: false }
        ? new ScopeBlock(ReadWhole("autoescape")) { Line = line }
        : throw new TemplateFault("a chat template is no HTML: only 'autoescape false' is supported");

    /// <summary>Names that values are put into.</summary>
    private Expression ReadTarget(string? endName, bool withAttributes = false)
    {
        int line = _tokens.Current.Line;
        List<Expression> targets = [];
        bool isTuple = false;
        do
        {
            if (targets.Count > 0 && (_tokens.Current.IsOperator("=") || (endName is not null && _tokens.Current.IsName(endName))))
                break;
            targets.Add(ReadOneTarget(withAttributes));
            isTuple |= _tokens.Current.IsOperator(",");
        }
        while (_tokens.SkipOperator(","));
        return isTuple ? new TupleDisplay(targets) { Line = line } : targets[0];
    }

    private Expression ReadOneTarget(bool withAttributes)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (_tokens.SkipOperator("("))
        {
            Expression inner = ReadTarget(null, withAttributes);
            _tokens.ExpectOperator(")");
            return inner;
        }
        Expression target = _expressions.ReadPrimary(asTarget: true);
        return target is Name || (withAttributes && target is Nodes.Attribute)
            ? target
            : throw new TemplateFault("a value can only be put into a name");
    }
}
