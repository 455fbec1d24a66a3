using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat;

/// <summary>
/// Where the assistant's turns stand in a rendering, for templates that do not mark them: a turn is what comes between the
/// rendering of all before it, with what begins an answer, and the rendering up to it. That each begins the next is checked.
/// </summary>
public static class TurnSpans
{
    /// <summary>The turns, in code points, in order.</summary>
    /// <param name="template">The template.</param>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">What else the template was given.</param>
    /// <param name="rendered">The rendering of the whole conversation.</param>
    /// <param name="lastOnly">Whether only the last turn is wanted; the others need no place then.</param>
    /// <exception cref="ChatTemplateException">The template writes a turn differently once others follow, so that it has no place.</exception>
    public static IReadOnlyList<TokenOffset> Of(
        ChatTemplate template, IReadOnlyList<ChatMessage> messages, ChatRenderOptions options, string rendered, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rendered);
        int[] turns = [.. Enumerable.Range(0, messages.Count).Where(i => messages[i].Role == ChatMessage.AssistantRole)];
        return [.. (lastOnly ? turns.TakeLast(1) : turns).Select(SpanOf)];

        TokenOffset SpanOf(int turn)
        {
            string before = template.Render([.. messages.Take(turn)], options with { AddGenerationPrompt = true }).Text;
            string with = turn == messages.Count - 1 ? rendered : template.Render([.. messages.Take(turn + 1)], options with { AddGenerationPrompt = false }).Text;
            Require(before, with, turn);
            Require(with, rendered, turn);
            return new TokenOffset(CodePointText.Length(before), CodePointText.Length(with));
        }
    }

    private static void Require(string start, string whole, int turn)
    {
        if (!whole.StartsWith(start, StringComparison.Ordinal))
            throw new ChatTemplateException(
                $"The chat template marks no words of the assistant, and writes message {turn} differently by itself than within the conversation, so that they cannot be told from the rest; give a template with {{% generation %}} marks, or learn only the last turn.");
    }
}
