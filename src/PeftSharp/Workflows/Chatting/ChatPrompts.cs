using PeftSharp.Generation;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Chatting;

/// <summary>Conversations as prompts, and where their answers end.</summary>
public static class ChatPrompts
{
    /// <summary>The prompt of a conversation: its rendering, up to where the model's answer begins.</summary>
    /// <exception cref="ConfigException">The template refuses the conversation, or goes beyond its limits.</exception>
    public static string Of(ChatTemplate template, IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(template);
        try
        {
            return template.Render(messages, new ChatRenderOptions { AddGenerationPrompt = true }).Text;
        }
        catch (ChatTemplateException error)
        {
            throw new ConfigException(error.Message, error);
        }
    }

    /// <summary>One turn of the user's, after instructions where there are some.</summary>
    public static IReadOnlyList<ChatMessage> Turn(string? system, string text) =>
        [.. (system is null ? [] : (ChatMessage[])[ChatMessage.System(system)]), ChatMessage.User(text)];

    /// <summary>Options that end an answer at the tokenizer's end token too: instruct models end turns with it, whatever their config says of texts.</summary>
    public static GenerationOptions WithEnd(GenerationOptions options, PretrainedModel pretrained)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pretrained);
        return pretrained.Settings.EosToken is { } end && pretrained.Tokenizer.TokenToId(end) is { } id && options.EosTokenIds?.Contains(id) != true
            ? options with { EosTokenIds = [.. options.EosTokenIds ?? [], id] }
            : options;
    }
}
