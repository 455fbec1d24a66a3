using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Text;
using PeftSharp.Text.Chat;

namespace PeftSharp.Workflows.Tasks;

/// <summary>
/// The assistant's turns of conversations, written by a chat template. Its words are those that the template marks, else the
/// difference between a turn's rendering and the one before it (<see cref="TurnSpans"/>).
/// </summary>
internal sealed class ChatTask(TextEncoder encoder, DataOptions data, ChatTemplate template) : ITextTask
{
    private readonly ChatColumns _columns = data.ChatColumns;

    /// <summary>The template that the rows are written by.</summary>
    public ChatTemplate Template => template;

    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled) => new WrittenRows(
        OrderedParallel.Select(rows, row => Encode(_columns.Read(row))), "A language model has no labels to predict; use peft generate or peft chat.");

    private WrittenRow Encode(ChatSample sample)
    {
        ChatMessage[] messages = [.. sample.Messages.Select(message => new ChatMessage(JsonSerializer.SerializeToElement(message)))];
        ChatRenderOptions options = new() { Tools = sample.Tools is null ? null : JsonSerializer.SerializeToElement<JsonNode>(sample.Tools) };
        ChatRendering rendering = Rendered(sample.Place, () => template.Render(messages, options));
        Encoding encoding = encoder.EncodeBare(rendering.Text, sample.Place);
        bool[] mine = [.. Enumerable.Repeat(true, encoding.Length)];
        if (data.AssistantOnlyLoss)
        {
            IReadOnlyList<TokenOffset> spans = rendering.AssistantSpans ?? Rendered(sample.Place, () => TurnSpans.Of(template, messages, options, rendering.Text, data.MaskHistory));
            mine = AssistantMask.Of(encoding, data.MaskHistory ? [.. spans.TakeLast(1)] : spans);
        }
        int length = Math.Min(encoding.Length, encoder.MaxLength);
        int[] ids = encoding.Ids[..length].ToArray();
        int[] labels = [.. ids.Select((id, i) => mine[i] ? id : Collator.IgnoredLabel)];
        // The first token is predicted from nothing, so it never counts.
        bool learns = labels.Skip(1).Any(label => label != Collator.IgnoredLabel);
        return new(new(ids, Label: new ExampleLabel.Tokens(labels)), length < encoding.Length, learns);
    }

    private static T Rendered<T>(RowPlace place, Func<T> render)
    {
        try
        {
            return render();
        }
        catch (ChatTemplateException error)
        {
            throw place.Error(error.Message, error);
        }
    }
}
