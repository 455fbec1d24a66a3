using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>The arguments of a call.</summary>
internal sealed class Arguments(IReadOnlyList<Value> positional, IReadOnlyDictionary<string, Value> named)
{
    private static readonly Dictionary<string, Value> s_none = [];

    public Arguments(params IReadOnlyList<Value> positional) : this(positional, s_none) { }

    public IReadOnlyList<Value> Positional => positional;

    public IReadOnlyDictionary<string, Value> Named => named;

    /// <summary>The value of each parameter, or null where none is given.</summary>
    /// <param name="function">What is called.</param>
    /// <param name="required">How many of the first must be given.</param>
    /// <param name="names">The parameters.</param>
    public Value?[] Bind(string function, int required, params ReadOnlySpan<string> names)
    {
        if (positional.Count > names.Length)
            throw new TemplateFault($"{function} takes at most {names.Length} argument(s); {positional.Count} are given");
        Value?[] bound = new Value?[names.Length];
        for (int i = 0; i < positional.Count; i++)
            bound[i] = positional[i];
        foreach ((string name, Value value) in named)
        {
            int place = names.IndexOf(name);
            if (place < 0)
                throw new TemplateFault($"{function} has no argument '{name}'");
            if (bound[place] is not null)
                throw new TemplateFault($"{function} is given '{name}' twice");
            bound[place] = value;
        }
        for (int i = 0; i < required; i++)
            if (bound[i] is null)
                throw new TemplateFault($"{function} needs '{names[i]}'");
        return bound;
    }

    /// <summary>These arguments without the first ones.</summary>
    public Arguments Skip(int count) => new([.. positional.Skip(count)], named);
}
