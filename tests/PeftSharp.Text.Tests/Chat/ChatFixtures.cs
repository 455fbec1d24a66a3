using System.Text.Json;
using PeftSharp.Testing;
using PeftSharp.Text.Chat;

namespace PeftSharp.Text.Tests.Chat;

/// <summary>The files of the folder <c>chat</c>.</summary>
internal static class ChatFixtures
{
    public static JsonElement Templates { get; } = Read("templates.json");

    public static JsonElement Inputs { get; } = Read("inputs.json");

    public static JsonElement Read(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.PathOf("chat", file)));
        return document.RootElement.Clone();
    }

    public static ChatTemplate Template(string source) => ChatTemplate.Parse(
        source,
        Inputs.GetProperty("special_tokens").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!),
        clock: new FixedClock(Inputs.GetProperty("now").GetDateTime()));

    public static ChatTemplate Named(string name) => Template(Templates.GetProperty(name).GetString()!);

    public static IReadOnlyList<ChatMessage> Conversation(string name) =>
        [.. Inputs.GetProperty("conversations").GetProperty(name).EnumerateArray().Select(message => new ChatMessage(message))];

    public static ChatRenderOptions Options(JsonElement arguments)
    {
        JsonElement? Given(string name) => arguments.TryGetProperty(name, out JsonElement value) ? value : null;
        return new ChatRenderOptions
        {
            AddGenerationPrompt = Given("add_generation_prompt")?.GetBoolean() ?? false,
            ContinueFinalMessage = Given("continue_final_message")?.GetBoolean() ?? false,
            Tools = Given("tools"),
            Documents = Given("documents"),
            Variables = arguments.EnumerateObject()
                .Where(argument => argument.Name is not ("add_generation_prompt" or "continue_final_message" or "tools" or "documents"))
                .ToDictionary(argument => argument.Name, argument => argument.Value),
        };
    }

    private sealed class FixedClock(DateTime now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(now, TimeSpan.Zero);
    }
}
