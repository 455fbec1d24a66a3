using PeftSharp.Text.Chat;

namespace PeftSharp.Text.Tests.Chat;

public sealed class TurnSpansTests
{
    public static TheoryData<string> Conversations() =>
        [.. ChatFixtures.Inputs.GetProperty("conversations").EnumerateObject().Select(c => c.Name).Where(name => name is not ("multipart" or "missing_content"))];

    /// <summary>A turn is what the assistant says with what ends it.</summary>
    [Theory]
    [MemberData(nameof(Conversations))]
    public void Of_ChatMlWithoutMarks_AreTheAssistantsWords(string name)
    {
        IReadOnlyList<ChatMessage> messages = ChatFixtures.Conversation(name);
        ChatTemplate template = ChatFixtures.Named("chatml");
        string text = template.Render(messages).Text;
        string[] letters = [.. Letters(text)];
        IReadOnlyList<TokenOffset> spans = TurnSpans.Of(template, messages, new ChatRenderOptions(), text);
        Assert.Equal(
            messages.Where(message => message.Role == "assistant").Select(message => $"{message.Content}<|im_end|>\n"),
            spans.Select(span => string.Concat(letters[span.Start..span.End])));
        Assert.Equal(spans.TakeLast(1), TurnSpans.Of(template, messages, new ChatRenderOptions(), text, lastOnly: true));
    }

    [Fact]
    public void Of_ATemplateThatRewritesEarlierTurns_Fails()
    {
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}{{ m.role }}:{{ m.content if loop.last else '...' }};{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}");
        ChatMessage[] messages = [ChatMessage.User("a"), ChatMessage.Assistant("b"), ChatMessage.User("c"), ChatMessage.Assistant("d")];
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => TurnSpans.Of(template, messages, new(), template.Render(messages).Text));
        Assert.Contains("message 1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The template that comes along writes what everybody's ChatML writes, and marks what transformers' fixture marks.</summary>
    [Theory]
    [MemberData(nameof(Conversations))]
    public void ChatMl_EveryConversation_IsTheUsualOne(string name)
    {
        IReadOnlyList<ChatMessage> messages = ChatFixtures.Conversation(name);
        foreach (bool prompt in (bool[])[false, true])
        {
            ChatRenderOptions options = new() { AddGenerationPrompt = prompt };
            ChatRendering mine = ChatFixtures.Template(ChatTemplates.ChatMl).Render(messages, options);
            Assert.Equal(ChatFixtures.Named("chatml").Render(messages, options).Text, mine.Text);
            Assert.Equal(ChatFixtures.Named("generation_tagged").Render(messages, options).AssistantSpans!, mine.AssistantSpans!);
        }
    }

    [Fact]
    public void Of_AGenerationBlockInAKeptText_HasNoPlace() =>
        Assert.Null(ChatTemplate.Parse("{% set x %}{% generation %}a{% endgeneration %}{% endset %}bb{{ x }}").Render([]).AssistantSpans);

    [Fact]
    public void Load_TemplatesInFilesOfTheirOwn_AreFound()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        File.WriteAllText(Path.Combine(folder.FullName, "chat_template.json"), """{"chat_template": "usual {{ bos_token }}"}""");
        File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"bos_token": "<s>"}""");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "additional_chat_templates"));
        File.WriteAllText(Path.Combine(folder.FullName, "additional_chat_templates", "tool_use.jinja"), "tools");
        TokenizerSettings settings = TokenizerSettings.Load(folder.FullName);
        Assert.Equal("usual <s>", ChatTemplates.Of(settings)!.Render([]).Text);
        Assert.Equal("tools", ChatTemplates.Of(settings, "tool_use")!.Render([]).Text);
        Assert.Null(ChatTemplates.Of(settings, "other"));
        folder.Delete(recursive: true);
    }

    private static IEnumerable<string> Letters(string text) => text.EnumerateRunes().Select(rune => rune.ToString());
}
