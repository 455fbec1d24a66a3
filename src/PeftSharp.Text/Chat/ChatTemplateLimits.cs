using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat;

/// <summary>What a template may use up: templates come with models, from anywhere.</summary>
public sealed record ChatTemplateLimits
{
    /// <summary>The usual limits.</summary>
    public static ChatTemplateLimits Default { get; } = new();

    /// <summary>The most characters of the template.</summary>
    public int TemplateLength { get; init; } = 1 << 20;

    /// <summary>The most steps of a rendering: a step is a node that is evaluated, an item walked through, or a few characters made. A long conversation is given more.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>The most characters of a text, the rendering among them.</summary>
    public int OutputLength { get; init; } = 1 << 24;

    /// <summary>How deep macros may call each other.</summary>
    public int Depth { get; init; } = 200;

    /// <summary>How many steps more each step's worth of conversation brings.</summary>
    private const int StepsForInput = 100;

    internal Budget BudgetFor(long inputWeight) => new(Steps + (StepsForInput * inputWeight), OutputLength, Depth);
}
