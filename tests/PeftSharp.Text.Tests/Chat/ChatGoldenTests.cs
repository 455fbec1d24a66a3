using System.Text.Json;
using PeftSharp.Text.Chat;
using PeftSharp.Text.Tests.Goldens;

namespace PeftSharp.Text.Tests.Chat;

/// <summary>Every rendering of the fixtures equals transformers'; what fails there fails here.</summary>
public sealed class ChatGoldenTests
{
    public static TheoryData<string> TemplateNames() =>
        [.. ChatFixtures.Read("goldens.json").GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("template").GetString()!).Distinct()];

    public static TheoryData<int> FailureNumbers() =>
        [.. Enumerable.Range(0, ChatFixtures.Read("failures.json").GetProperty("cases").GetArrayLength())];

    public static TheoryData<string> MaskedTemplates() =>
        [.. ChatFixtures.Read("masks.json").GetProperty("masks").EnumerateArray().Select(c => c.GetProperty("template").GetString()!).Distinct()];

    [Theory]
    [MemberData(nameof(TemplateNames))]
    public void Render_EveryConversation_EqualsTransformers(string name)
    {
        GoldenCheck check = new();
        ChatTemplate template = ChatFixtures.Named(name);
        foreach (JsonElement item in ChatFixtures.Read("goldens.json").GetProperty("cases").EnumerateArray())
        {
            if (item.GetProperty("template").GetString() != name)
                continue;
            string what = $"{item.GetProperty("conversation")} {item.GetProperty("args")}";
            Func<string> render = () => template.Render(
                ChatFixtures.Conversation(item.GetProperty("conversation").GetString()!), ChatFixtures.Options(item.GetProperty("args"))).Text;
            check.Equal(what, Expected(item), Outcome(render));
        }
        check.Done();
    }

    [Fact]
    public void Render_EveryExpressionAndStatement_EqualsJinja()
    {
        GoldenCheck check = new();
        JsonElement file = ChatFixtures.Read("expressions.json");
        IReadOnlyList<ChatMessage> messages = ChatFixtures.Conversation(file.GetProperty("conversation").GetString()!);
        foreach (JsonElement item in file.GetProperty("cases").EnumerateArray())
        {
            string source = item.GetProperty("template").GetString()!;
            check.Equal(source, Expected(item), Outcome(() => ChatFixtures.Template(source).Render(messages).Text));
        }
        check.Done();
    }

    [Theory]
    [MemberData(nameof(FailureNumbers))]
    public void Render_WhatMustFail_FailsWithOneMessage(int number)
    {
        JsonElement item = ChatFixtures.Read("failures.json").GetProperty("cases")[number];
        string source = item.GetProperty("template").GetString()!;
        IReadOnlyList<ChatMessage> messages = ChatFixtures.Conversation(item.GetProperty("conversation").GetString()!);
        Assert.Equal(Expected(item), Outcome(() => ChatFixtures.Template(source).Render(messages).Text));
    }

    [Theory]
    [MemberData(nameof(MaskedTemplates))]
    public void AssistantSpans_OfGenerationBlocks_MaskTransformersTokens(string name)
    {
        GoldenCheck check = new();
        JsonElement file = ChatFixtures.Read("masks.json");
        Tokenizer tokenizer = SmolLm();
        foreach (JsonElement item in file.GetProperty("masks").EnumerateArray())
        {
            if (item.GetProperty("template").GetString() != name)
                continue;
            string conversation = item.GetProperty("conversation").GetString()!;
            if (item.TryGetProperty("must_error", out _))
            {
                Assert.Throws<ChatTemplateException>(() => ChatFixtures.Named(name).Render(ChatFixtures.Conversation(conversation)));
                continue;
            }
            ChatRendering rendering = ChatFixtures.Named(name).Render(ChatFixtures.Conversation(conversation));
            TruncationOptions? cut = item.TryGetProperty("truncation_max_length", out JsonElement most) ? new TruncationOptions(most.GetInt32()) : null;
            Encoding encoding = tokenizer.Encode(rendering.Text, addSpecialTokens: false, cut);
            if (item.TryGetProperty("rendered", out JsonElement rendered))
                check.Equal($"{conversation} text", rendered.GetString(), rendering.Text);
            check.Equal($"{conversation} ids", GoldenCheck.Ints(item.GetProperty("input_ids")), encoding.ToIdArray());
            check.Equal($"{conversation} mask", GoldenCheck.Ints(item.GetProperty("assistant_mask")),
                AssistantMask.Of(encoding, rendering.AssistantSpans!).Select(mine => mine ? 1 : 0));
        }
        check.Done();
    }

    [Fact]
    public void Encode_RenderedBySmolLm2_HasTransformersIds()
    {
        GoldenCheck check = new();
        Tokenizer tokenizer = SmolLm();
        foreach (JsonElement item in ChatFixtures.Read("masks.json").GetProperty("smollm2_ids").EnumerateArray())
        {
            string conversation = item.GetProperty("conversation").GetString()!;
            bool prompt = item.GetProperty("add_generation_prompt").GetBoolean();
            string text = ChatFixtures.Named("smollm2_real").Render(
                ChatFixtures.Conversation(conversation), new ChatRenderOptions { AddGenerationPrompt = prompt }).Text;
            check.Equal($"{conversation} {prompt}", GoldenCheck.Ints(item.GetProperty("input_ids")), tokenizer.Encode(text, addSpecialTokens: false).ToIdArray());
        }
        check.Done();
    }

    private static string? Expected(JsonElement item) =>
        item.TryGetProperty("must_error", out JsonElement fails) && fails.GetBoolean() ? null : item.GetProperty("rendered").GetString();

    /// <summary>The rendering, or null if it fails in the one way that is allowed.</summary>
    private static string? Outcome(Func<string> render)
    {
        try
        {
            return render();
        }
        catch (ChatTemplateException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return null;
        }
    }

    private static Tokenizer SmolLm() => Tokenizer.Load(Testing.Fixtures.PathOf("tokenizers", "smollm2"));
}
