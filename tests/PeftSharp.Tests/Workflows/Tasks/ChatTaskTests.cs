using System.Text.Json;
using PeftSharp.Data;
using PeftSharp.Testing;
using PeftSharp.Text;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Tasks;
using Xunit;

namespace PeftSharp.Tests.Workflows.Tasks;

/// <summary>What of a conversation is learnt, against transformers' masks.</summary>
public sealed class ChatTaskTests
{
    [Fact]
    public void Encode_EveryMaskedConversation_LearnsTransformersTokens()
    {
        JsonElement templates = Read("templates.json"), conversations = Read("inputs.json").GetProperty("conversations");
        int seen = 0;
        foreach (JsonElement item in Read("masks.json").GetProperty("masks").EnumerateArray())
        {
            if (item.TryGetProperty("must_error", out _) || item.GetProperty("template").GetString() != "generation_tagged")
                continue;
            int[] mask = Ints(item.GetProperty("assistant_mask")), ids = Ints(item.GetProperty("input_ids"));
            if (!mask.Contains(1))
                continue;
            int most = item.TryGetProperty("truncation_max_length", out JsonElement cut) ? cut.GetInt32() : 4096;
            JsonElement messages = conversations.GetProperty(item.GetProperty("conversation").GetString()!);
            (int[] gotIds, int[] labels) = Encode(templates.GetProperty("generation_tagged").GetString()!, messages, new(), most);
            Assert.Equal(ids, gotIds);
            Assert.Equal(ids.Select((id, i) => mask[i] == 1 ? id : Collator.IgnoredLabel), labels);
            seen++;
        }
        Assert.True(seen > 5);
    }

    [Fact]
    public void Encode_LastTurnOnly_LearnsNoEarlierOne()
    {
        JsonElement messages = Read("inputs.json").GetProperty("conversations").GetProperty("multi_turn");
        foreach (string template in (string[])["generation_tagged", "chatml"])
        {
            string source = Read("templates.json").GetProperty(template).GetString()!;
            (int[] ids, int[] all) = Encode(source, messages, new(), 4096);
            (_, int[] last) = Encode(source, messages, new() { MaskHistory = true }, 4096);
            (_, int[] every) = Encode(source, messages, new() { AssistantOnlyLoss = false }, 4096);
            Assert.InRange(last.Count(label => label >= 0), 1, all.Count(label => label >= 0) - 1);
            Assert.All(last.Zip(all), pair => Assert.True(pair.First == Collator.IgnoredLabel || pair.First == pair.Second));
            Assert.Equal(ids, every);
        }
    }

    private static (int[] Ids, int[] Labels) Encode(string template, JsonElement messages, DataOptions options, int most)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string file = Path.Combine(folder, "rows.jsonl");
        File.WriteAllText(file, JsonSerializer.Serialize(new { messages }));
        Dataset rows = Dataset.Load(file);
        ChatTask task = new(
            new TextEncoder(Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2")), most, 49152),
            options with { Messages = "messages" }, ChatTemplate.Parse(template));
        EncodedExample example = Assert.Single(task.Encode([.. rows], labelled: true).Examples);
        Directory.Delete(folder, recursive: true);
        return (example.InputIds, ((ExampleLabel.Tokens)example.Label!).Ids);
    }

    private static JsonElement Read(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.PathOf("chat", file)));
        return document.RootElement.Clone();
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];
}
