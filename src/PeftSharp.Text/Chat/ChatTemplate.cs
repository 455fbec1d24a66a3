using System.Text.Json;
using PeftSharp.Text.Chat.Jinja;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat;

/// <summary>
/// A model's chat template: Jinja, as transformers runs it (its sandbox, <c>trim_blocks</c>, <c>lstrip_blocks</c>, loop
/// controls, <c>generation</c> blocks). It reads no file, calls nothing outside and uses bounded time and memory. Immutable;
/// one instance serves any number of threads.
/// </summary>
/// <example>
/// <code>
/// ChatTemplate template = ChatTemplate.Parse(source, specialTokens);
/// string prompt = template.Render([ChatMessage.User("Hello!")], new ChatRenderOptions { AddGenerationPrompt = true }).Text;
/// </code>
/// </example>
public sealed class ChatTemplate
{
    private readonly JinjaTemplate _template;
    private readonly IReadOnlyDictionary<string, Value> _specialTokens;
    private readonly TimeProvider _clock;

    private ChatTemplate(string source, JinjaTemplate template, IReadOnlyDictionary<string, Value> specialTokens, TimeProvider clock)
    {
        Source = source;
        _template = template;
        _specialTokens = specialTokens;
        _clock = clock;
    }

    /// <summary>The Jinja source.</summary>
    public string Source { get; }

    /// <summary>Whether the template marks the model's words with <c>generation</c> blocks.</summary>
    public bool MarksGeneration => _template.HasGeneration;

    /// <summary>Parses a template.</summary>
    /// <param name="source">The Jinja source.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c>.</param>
    /// <param name="name">How errors call it.</param>
    /// <param name="limits">What it may use up.</param>
    /// <param name="clock">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="ChatTemplateException">The template is no Jinja, or uses what is not supported; says what and where.</exception>
    public static ChatTemplate Parse(
        string source,
        IReadOnlyDictionary<string, string>? specialTokens = null,
        string name = "chat template",
        ChatTemplateLimits? limits = null,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(
            source,
            JinjaTemplate.Parse(source, name, limits ?? ChatTemplateLimits.Default),
            (specialTokens ?? new Dictionary<string, string>()).ToDictionary(token => token.Key, token => (Value)new StringValue(token.Value)),
            clock ?? TimeProvider.System);
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="options">What else the template is given.</param>
    /// <exception cref="ChatTemplateException">The template fails, refuses the conversation, or goes beyond its limits.</exception>
    public ChatRendering Render(IReadOnlyList<ChatMessage> messages, ChatRenderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new ChatRenderOptions();
        if (options.ContinueFinalMessage && options.AddGenerationPrompt)
            throw new ArgumentException("A rendering continues the last message or begins a new one, not both.", nameof(options));
        FinalMessage? final = options.ContinueFinalMessage ? FinalMessage.Mark(messages, Source) : null;
        (string text, Run run) = _template.Render(VariablesOf(final?.Messages ?? messages, options), _clock);
        IReadOnlyList<TokenOffset>? spans = MarksGeneration && !run.HasLostGenerated ? [.. Spans(text, run.Generated)] : null;
        return final is null
            ? new ChatRendering(text, spans)
            : new ChatRendering(final.Cut(text), null);
    }

    private Dictionary<string, Value> VariablesOf(IReadOnlyList<ChatMessage> messages, ChatRenderOptions options)
    {
        Dictionary<string, Value> variables = new(_specialTokens)
        {
            ["messages"] = new ListValue([.. messages.Select(message => JsonValues.Read(message.Json))]),
            ["add_generation_prompt"] = BoolValue.Of(options.AddGenerationPrompt),
            ["tools"] = options.Tools is { } tools ? JsonValues.Read(tools) : NoneValue.Instance,
            ["documents"] = options.Documents is { } documents ? JsonValues.Read(documents) : NoneValue.Instance,
        };
        foreach ((string name, JsonElement value) in options.Variables)
            variables[name] = JsonValues.Read(value);
        return variables;
    }

    private static IEnumerable<TokenOffset> Spans(string text, IReadOnlyList<(int Start, int End)> generated)
    {
        int units = 0, points = 0;
        int PointsAt(int place)
        {
            points += CodePointText.Length(text[units..place]);
            units = place;
            return points;
        }
        foreach ((int start, int end) in generated)
            yield return new TokenOffset(PointsAt(start), PointsAt(end));
    }
}
