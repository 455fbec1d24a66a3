using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat;

/// <summary>
/// The last message of a conversation that the model is to continue: a mark is put behind its text, and the rendering is cut
/// where the mark comes out. The mark is transformers' own, because templates can see it.
/// </summary>
internal sealed class FinalMessage
{
    private const string Sentinel = "CONTINUE_FINAL_MESSAGE_TAG ";

    private readonly string _text;

    private FinalMessage(IReadOnlyList<ChatMessage> messages, string text)
    {
        Messages = messages;
        _text = text;
    }

    /// <summary>The messages with the mark.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }

    /// <summary>Marks the last message.</summary>
    /// <exception cref="ChatTemplateException">It has no text, or the template does not print any.</exception>
    public static FinalMessage Mark(IReadOnlyList<ChatMessage> messages, string template)
    {
        if (messages.Count == 0)
            throw new ChatTemplateException("There is no last message to continue.");
        if (!template.Contains("content", StringComparison.Ordinal))
            throw new ChatTemplateException("The chat template does not print what messages say, so that none can be continued.");
        JsonObject last = JsonObject.Create(messages[^1].Json)!;
        string text;
        switch (last["content"])
        {
            case JsonValue whole when whole.TryGetValue(out string? content):
                last["content"] = content + Sentinel;
                text = content;
                break;
            case JsonArray parts when parts.OfType<JsonObject>().LastOrDefault(part => part["text"] is JsonValue) is { } part:
                text = part["text"]!.GetValue<string>();
                part["text"] = text + Sentinel;
                break;
            default:
                throw new ChatTemplateException("The last message has no text to continue.");
        }
        return new FinalMessage([.. messages.Take(messages.Count - 1), new ChatMessage(JsonSerializer.SerializeToElement(last))], text);
    }

    /// <summary>The rendering up to the end of the message's text.</summary>
    /// <exception cref="ChatTemplateException">The text does not come out as it was given.</exception>
    public string Cut(string rendered)
    {
        string trimmedMark = Sentinel.TrimEnd();
        int place = rendered.LastIndexOf(trimmedMark, StringComparison.Ordinal);
        if (place < 0 || !rendered.Contains(CodePointText.Trim(_text), StringComparison.Ordinal))
            throw new ChatTemplateException("The chat template changes the last message, so that it cannot be continued.");
        bool keepsSpace = string.CompareOrdinal(rendered, place, Sentinel, 0, Sentinel.Length) == 0;
        return keepsSpace ? rendered[..place] : CodePointText.TrimEnd(rendered[..place]);
    }
}
