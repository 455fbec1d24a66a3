using PeftSharp.Text.Chat.Jinja.Nodes;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Syntax;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja;

/// <summary>A parsed template. It keeps no state of a rendering: any number of threads use one.</summary>
internal sealed class JinjaTemplate
{
    private readonly Body _body;
    private readonly string _name;
    private readonly ChatTemplateLimits _limits;

    private JinjaTemplate(Body body, bool hasGeneration, string name, ChatTemplateLimits limits)
    {
        _body = body;
        _name = name;
        _limits = limits;
        HasGeneration = hasGeneration;
    }

    /// <summary>Whether the template says itself what the model writes.</summary>
    public bool HasGeneration { get; }

    /// <exception cref="ChatTemplateException">The template is no Jinja, or uses what is not supported.</exception>
    public static JinjaTemplate Parse(string source, string name, ChatTemplateLimits limits)
    {
        if (source.Length > limits.TemplateLength)
            throw new ChatTemplateException($"{name} has {source.Length} characters; a chat template has at most {limits.TemplateLength}.");
        int line = 1;
        return Guarded(name, () => line, () =>
        {
            List<Token> tokens = Lexer.Read(source, ref line);
            (Body body, bool hasGeneration) = StatementParser.Read(tokens, ref line);
            return new JinjaTemplate(body, hasGeneration, name, limits);
        });
    }

    /// <summary>Renders with these variables.</summary>
    /// <exception cref="ChatTemplateException">The template fails, refuses, or goes beyond its limits.</exception>
    public (string Text, Run Run) Render(IEnumerable<KeyValuePair<string, Value>> variables, TimeProvider clock)
    {
        Dictionary<string, Value> given = new(Globals.All);
        long weight = 0;
        foreach ((string name, Value value) in variables)
        {
            given[name] = value;
            weight += value.Weight;
        }
        Budget budget = _limits.BudgetFor(weight);
        Run run = new(budget, clock);
        return Guarded(_name, () => run.Line, () =>
        {
            TextSink sink = new(budget, isOutput: true);
            Scope scope = new(null, run, sink);
            foreach ((string name, Value value) in given)
                scope.Set(name, value);
            // What the template sets hides what it is given, and does not replace it.
            _body.Execute(scope.Inner());
            return (sink.ToString(), run);
        });
    }

    private static T Guarded<T>(string name, Func<int> line, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TemplateFault e)
        {
            throw new ChatTemplateException($"{name}, line {line()}: {e.Message}.");
        }
        catch (InsufficientExecutionStackException)
        {
            throw new ChatTemplateException($"{name}, line {line()}: it nests too deeply.");
        }
    }
}
