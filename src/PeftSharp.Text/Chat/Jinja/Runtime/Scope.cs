using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Variables, within those around them, and where the text goes.</summary>
internal sealed class Scope(Scope? parent, Run run, TextSink sink)
{
    private Dictionary<string, Value>? _variables;

    public Run Run => run;

    public TextSink Sink => sink;

    /// <summary>A scope within this one.</summary>
    public Scope Inner(TextSink? into = null) => new(this, run, into ?? sink);

    public void Set(string name, Value value) => (_variables ??= [])[name] = value;

    public Value Get(string name) => Find(name) ?? UndefinedValue.Named(name);

    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._variables is { } variables && variables.TryGetValue(name, out Value? value))
                return value;
        return null;
    }

    private Scope? Outer => parent;
}
