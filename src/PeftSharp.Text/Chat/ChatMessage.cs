using System.Text.Json;
using System.Text.Json.Nodes;

namespace PeftSharp.Text.Chat;

/// <summary>A message of a conversation: an object with <c>role</c>, mostly <c>content</c>, and whatever else the template reads.</summary>
public sealed class ChatMessage
{
    /// <summary>The role of instructions to the model.</summary>
    public const string SystemRole = "system";

    /// <summary>The role of who asks.</summary>
    public const string UserRole = "user";

    /// <summary>The role of the model.</summary>
    public const string AssistantRole = "assistant";

    /// <summary>A message from its JSON object, which is copied.</summary>
    /// <exception cref="ArgumentException">It is no object.</exception>
    public ChatMessage(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new ArgumentException("A message is a JSON object.", nameof(json));
        Json = json.Clone();
    }

    /// <summary>A message of text.</summary>
    /// <param name="role">Whose it is.</param>
    /// <param name="content">What it says.</param>
    public ChatMessage(string role, string content)
        : this(JsonSerializer.SerializeToElement(new JsonObject { ["role"] = role, ["content"] = content })) { }

    /// <summary>The message as JSON.</summary>
    public JsonElement Json { get; }

    /// <summary>Whose it is; null if it does not say.</summary>
    public string? Role => TextOf("role");

    /// <summary>What it says, if that is one text.</summary>
    public string? Content => TextOf("content");

    /// <summary>Instructions to the model.</summary>
    public static ChatMessage System(string content) => new(SystemRole, content);

    /// <summary>What the user says.</summary>
    public static ChatMessage User(string content) => new(UserRole, content);

    /// <summary>What the model says.</summary>
    public static ChatMessage Assistant(string content) => new(AssistantRole, content);

    private string? TextOf(string name) =>
        Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
