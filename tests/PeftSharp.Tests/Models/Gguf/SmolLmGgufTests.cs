using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using PeftSharp.Text;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.GgufModels;

/// <summary>SmolLM2-135M-Instruct from its GGUF file alone: logits and texts are those that transformers makes of it.</summary>
[Trait("Category", "Slow")]
public sealed class SmolLmGgufTests : IDisposable
{
    private readonly TemporaryGguf? _file = SharedFiles.Available ? new() : null;

    public void Dispose() => _file?.Dispose();

    [Fact]
    public void Load_GgufFile_LogitsAndTextsOfTransformers()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        using PretrainedModel pretrained = PretrainedModel.Load(_file!.Path, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        SmolLmGoldens.Check(pretrained);
    }

    [Fact]
    public void Load_GgufFile_ConfigSaysWhatTransformersDerives()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        JsonObject expected = JsonNode.Parse(File.ReadAllText(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF", "config.json")))!.AsObject();
        JsonObject found = JsonNode.Parse(ModelConfig.Load(_file!.Path).Json)!.AsObject();
        foreach ((string key, JsonNode? value) in expected)
            if (key is not ("_model_name_or_path" or "pretraining_tp" or "quantization_config" or "transformers_version"))
                Assert.True(JsonNode.DeepEquals(value, found[key]), $"{key}: {found[key]?.ToJsonString()} instead of {value?.ToJsonString()}");
    }

    [Fact]
    public void Load_GgufFile_TokenizerEncodesAsTheOneOfTransformers()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Tokenizer expected = Tokenizer.Load(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"));
        (Tokenizer? found, TokenizerSettings settings) = ModelFiles.Tokenizer(_file!.Path);
        Assert.NotNull(found);
        Assert.Equal(expected.VocabularySize, found.VocabularySize);
        Assert.Equal(expected.AddedTokens, found.AddedTokens);
        int tokens = 0;
        foreach (string text in SmolLmGoldens.Texts())
        {
            Encoding wanted = expected.Encode(text), got = found.Encode(text);
            Assert.Equal(wanted.Ids, got.Ids);
            Assert.Equal(expected.Decode(wanted.Ids), found.Decode(got.Ids));
            tokens += got.Length;
        }
        Assert.True(tokens > 1000);
        TokenizerSettings there = TokenizerSettings.Load(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"));
        Assert.Equal((there.BosToken, there.EosToken, there.UnkToken, there.PadToken), (settings.BosToken, settings.EosToken, settings.UnkToken, settings.PadToken));
        Assert.Equal(there.ChatTemplate, settings.ChatTemplate);
    }

    [Fact]
    public void Load_FolderWithConfigAndGguf_UsesBoth()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        string folder = SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF");
        Assert.Equal(Path.Combine(folder, "config.json"), ModelConfig.Load(folder).Source);
        using ICheckpoint weights = ModelFiles.Weights(folder);
        Assert.Contains("model.layers.29.mlp.down_proj.weight", weights.Names);
        Assert.Equal("Q4_1", weights.Info("model.layers.29.mlp.down_proj.weight").Packing);
        Assert.True(weights.Contains("model.embed_tokens.weight") && !weights.Contains("lm_head.weight"));
    }
}

/// <summary>The GGUF file in a folder of its own, so that nothing beside it helps.</summary>
internal sealed class TemporaryGguf : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-gguf-").FullName;

    public TemporaryGguf() => File.CreateSymbolicLink(
        Path, Directory.GetFiles(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"), "*.gguf").Single());

    public string Path => System.IO.Path.Combine(_folder, "model.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>What transformers makes of SmolLM2 (fixtures/real_models).</summary>
internal static class SmolLmGoldens
{
    /// <summary>Texts of every kind: those of the tokenizer fixtures and those of the model's.</summary>
    public static IEnumerable<string> Texts() =>
        JsonNode.Parse(File.ReadAllText(Fixtures.PathOf("tokenizers", "texts.json")))!["texts"]!.AsArray().Select(text => (string)text!)
            .Concat(Case()["texts"]!.AsArray().Select(text => (string)text!)).Append((string)Case()["chat_text"]!);

    public static void Check(PretrainedModel pretrained)
    {
        JsonNode golden = Case();
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.PathOf("real_models", "expected.safetensors"));
        using PeftModel model = new(pretrained.Model);
        using TokenGenerator generator = new(model);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (int i = 0; i < golden["texts"]!.AsArray().Count; i++)
        {
            long[] ids = expected.Load($"smollm2.{i}.input_ids").data<long>().ToArray();
            Assert.Equal(ids, pretrained.Tokenizer.Encode((string)golden["texts"]![i]!).Ids.ToArray().Select(id => (long)id));
            Tensor logits = pretrained.Model.Forward(new ModelInput { InputIds = tensor(ids).unsqueeze(0) }, Pass.Bare).squeeze(0);
            Close.Relative(expected.Load($"smollm2.{i}.logits_last"), logits[-1], 1e-5, "last logits");
            Tensor top = expected.Load($"smollm2.{i}.logits_top");
            Close.Relative(top, logits.gather(1, expected.Load($"smollm2.{i}.logits_top_ids")), 1e-5, "top logits");
            CheckText(pretrained, generator, expected, ids, $"smollm2.{i}.greedy", (string)golden["generated"]![i]!["greedy"]!, beams: 1);
            CheckText(pretrained, generator, expected, ids, $"smollm2.{i}.beam3", (string)golden["generated"]![i]!["beam3"]!, beams: 3);
        }
        long[] chat = expected.Load("smollm2.chat.input_ids").data<long>().ToArray();
        CheckText(pretrained, generator, expected, chat, "smollm2.chat.greedy", (string)golden["chat_text"]!, beams: 1);
    }

    private static void CheckText(PretrainedModel pretrained, TokenGenerator generator, SafetensorsFile expected, long[] prompt, string key, string text, int beams)
    {
        long[] wanted = expected.Load(key).data<long>().ToArray();
        GeneratedTokens found = generator.Generate([.. prompt.Select(id => (int)id)], new GenerationOptions { MaxNewTokens = wanted.Length - prompt.Length, NumBeams = beams, EosTokenIds = [2] });
        int[] all = [.. prompt.Select(id => (int)id), .. found.Ids];
        Assert.Equal(wanted, all.Select(id => (long)id));
        Assert.Equal(text, pretrained.Tokenizer.Decode(all, skipSpecialTokens: false));
    }

    private static JsonNode Case() => JsonNode.Parse(File.ReadAllText(Fixtures.PathOf("real_models", "case.json")))!;
}
