namespace PeftSharp.Text.Chat;

/// <summary>The templates of a model's tokenizer, and the one that comes along for models without any.</summary>
public static class ChatTemplates
{
    /// <summary>The name of the template that comes along.</summary>
    public const string ChatMlName = "chatml";

    /// <summary>ChatML, with the model's words marked: each message between <c>&lt;|im_start|&gt;</c> and <c>&lt;|im_end|&gt;</c>.</summary>
    public const string ChatMl =
        """
        {%- for message in messages -%}
        {{ '<|im_start|>' + message.role + '\n' }}
        {%- if message.role == 'assistant' -%}
        {% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}
        {%- else -%}
        {{ message.content + '<|im_end|>' }}
        {%- endif -%}
        {{ '\n' }}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{ '<|im_start|>assistant\n' }}
        {%- endif -%}
        """;

    /// <summary>The template of a tokenizer.</summary>
    /// <param name="settings">What the tokenizer's files say.</param>
    /// <param name="name">One of its named templates; null for the usual one.</param>
    /// <param name="clock">The clock of <c>strftime_now</c>.</param>
    /// <returns>Null if there is no such template.</returns>
    /// <exception cref="ChatTemplateException">The template is no Jinja.</exception>
    public static ChatTemplate? Of(TokenizerSettings settings, string? name = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string? source = name is null ? settings.ChatTemplate : settings.NamedChatTemplates.GetValueOrDefault(name);
        return source is null ? null : Create(source, settings, name is null ? "the model's chat template" : $"the model's chat template \"{name}\"", clock);
    }

    /// <summary>A template with the special tokens of a tokenizer as its variables.</summary>
    /// <exception cref="ChatTemplateException">The template is no Jinja.</exception>
    public static ChatTemplate Create(string source, TokenizerSettings settings, string name, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Dictionary<string, string> tokens = [];
        foreach ((string key, string? token) in ((string, string?)[])[
            ("bos_token", settings.BosToken), ("eos_token", settings.EosToken), ("unk_token", settings.UnkToken), ("sep_token", settings.SepToken),
            ("pad_token", settings.PadToken), ("cls_token", settings.ClsToken), ("mask_token", settings.MaskToken)])
            if (token is not null)
                tokens[key] = token;
        return ChatTemplate.Parse(source, tokens, name, clock: clock);
    }
}
