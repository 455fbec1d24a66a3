using System.Text;
using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Chatting;

/// <summary>A conversation with a model, which keeps its turns. For one thread; the model may serve others meanwhile.</summary>
/// <example><code>
/// using ChatSession chat = new(model, template, options);
/// chat.Reply("Where is my card?", Console.Write);
/// </code></example>
public sealed class ChatSession : IDisposable
{
    private readonly TextGenerator _generator;
    private readonly ChatTemplate _template;
    private readonly GenerationOptions _options;
    private readonly List<ChatMessage> _turns = [];

    /// <summary>An empty conversation.</summary>
    /// <param name="model">The model, which stays the caller's.</param>
    /// <param name="template">How turns are written.</param>
    /// <param name="options">How answers are generated.</param>
    /// <exception cref="PeftException">The model is no causal language model.</exception>
    public ChatSession(LoadedModel model, ChatTemplate template, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        _generator = new TextGenerator(model.Model, model.Pretrained.Tokenizer) { AddSpecialTokens = false };
        _template = template;
        _options = options;
    }

    /// <summary>Instructions in front of the conversation, or null.</summary>
    public string? System { get; set; }

    /// <summary>The adapters that answer; null for the model's active ones.</summary>
    public Composition? Adapters { get; set; }

    /// <summary>The conversation so far, with the instructions.</summary>
    public IReadOnlyList<ChatMessage> Messages => [.. System is null ? [] : (ChatMessage[])[ChatMessage.System(System)], .. _turns];

    /// <summary>Forgets the turns.</summary>
    public void Reset() => _turns.Clear();

    /// <summary>The model's answer. Where it is stopped, what it said so far stays in the conversation; where it fails, the turn is taken back.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="onText">Told of each piece of the answer.</param>
    /// <param name="cancellationToken">Stops the answer.</param>
    /// <exception cref="PeftException">The conversation is too long for the model, or the template refuses it.</exception>
    /// <exception cref="OperationCanceledException">The answer was stopped.</exception>
    public GenerationResult Reply(string text, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder said = new();
        _turns.Add(ChatMessage.User(text));
        try
        {
            GenerationResult result = _generator.Run(ChatPrompts.Of(_template, Messages), _options, Adapters, piece =>
            {
                said.Append(piece);
                onText?.Invoke(piece);
            }, cancellationToken);
            _turns.Add(ChatMessage.Assistant(result.Text));
            return result;
        }
        catch (OperationCanceledException)
        {
            _turns.Add(ChatMessage.Assistant(said.ToString()));
            throw;
        }
        catch
        {
            _turns.RemoveAt(_turns.Count - 1);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
