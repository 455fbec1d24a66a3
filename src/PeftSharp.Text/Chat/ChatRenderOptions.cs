using System.Text.Json;

namespace PeftSharp.Text.Chat;

/// <summary>What a template is given besides the messages.</summary>
public sealed record ChatRenderOptions
{
    /// <summary>Whether the rendering ends with what begins the model's answer.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the rendering ends right behind the last message's text, for the model to continue it.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>Tools as a JSON array, or null.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents as a JSON array, or null.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables; they come before the special tokens of the same names.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}
