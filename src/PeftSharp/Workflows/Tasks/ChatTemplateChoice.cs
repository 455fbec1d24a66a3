using PeftSharp.IO;
using PeftSharp.Text;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Tasks;

/// <summary>Which chat template a model is used with: one that is given, or its own.</summary>
public static class ChatTemplateChoice
{
    /// <summary>The template.</summary>
    /// <param name="settings">The settings of the model's tokenizer.</param>
    /// <param name="model">How messages call the model.</param>
    /// <param name="given">A Jinja file, the name of one of the model's templates, or <c>chatml</c>; null for the model's usual one.</param>
    /// <exception cref="ConfigException">There is none, or what is given is none.</exception>
    public static ChatTemplate Require(TokenizerSettings settings, string model, string? given = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            if (given is null)
                return ChatTemplates.Of(settings) ?? throw new ConfigException(
                    $"{model} has no chat template; give one as --chat_template FILE (Jinja), or --chat_template {ChatTemplates.ChatMlName}.");
            if (ChatTemplates.Of(settings, given) is { } named)
                return named;
            if (given == ChatTemplates.ChatMlName)
                return ChatTemplates.Create(ChatTemplates.ChatMl, settings, "the chat template chatml");
            return File.Exists(given)
                ? ChatTemplates.Create(SmallFile.ReadText(given), settings, given)
                : throw new ConfigException(
                    $"chat_template: {given} is no file and no template of {model}; it may be {string.Join(", ", settings.NamedChatTemplates.Keys.Append(ChatTemplates.ChatMlName))}, or a Jinja file.");
        }
        catch (ChatTemplateException error)
        {
            throw new ConfigException(error.Message, error);
        }
    }

    /// <summary>What a run calls its template.</summary>
    internal static string Describe(string? given) => given is null ? "the model's chat template" : $"the chat template {given}";
}
