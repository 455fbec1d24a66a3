using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters;

/// <summary>Folders that peft saves after <c>resize_token_embeddings</c>: they hold the grown tables.</summary>
public sealed class ResizedVocabularyTests : IDisposable
{
    private const int Rows = 124;
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;
    private readonly Tensor _words = Table(1), _head = Table(2);

    public void Dispose()
    {
        _words.Dispose();
        _head.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("lora", "")]
    [InlineData("lora_embed", "base_layer.")]
    public void Load_OnTheBaseAsItWas_GivesTheLogitsOfTheGrownBase(string name, string level)
    {
        string small = Fixtures.PathOf("hf_peft", "llama", "base"), grown = GrownBase(small), adapter = GrownAdapter(name, level);
        using Tensor ids = tensor(new long[] { 3, 121, 7, 123, 5 }, [1, 5]);
        using BaseModel expectedBase = BaseModel.Load(grown), model = BaseModel.Load(small);
        using PeftModel expectedPeft = new(expectedBase), peft = new(model);
        expectedPeft.LoadAdapter(adapter);
        peft.LoadAdapter(adapter);
        using Tensor expected = expectedPeft.Forward(new ModelInput { InputIds = ids }), logits = peft.Forward(new ModelInput { InputIds = ids });
        Assert.Equal(Rows, logits.shape[^1]);
        Close.Relative(expected, logits, 1e-6, "logits");
        string again = Path.Combine(_folder, "again");
        peft.SaveAdapter(again);
        Assert.Equal(File.ReadAllBytes(Path.Combine(adapter, "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(again, "adapter_model.safetensors")));
        using MergedWeights merged = peft.MergedWeights();
        Assert.Equal(Rows, merged.Config.Size("vocab_size"));
    }

    [Fact]
    public void Forward_OfAGrownId_WithoutTheAdapter_IsRefused()
    {
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("hf_peft", "llama", "base"));
        using Tensor ids = tensor(new long[] { 121 }, [1, 1]);
        Assert.Contains("121", Assert.Throws<PeftException>(() => model.Forward(new ModelInput { InputIds = ids }, Pass.Bare)).Message, StringComparison.Ordinal);
    }

    private static Tensor Table(int seed) => new RandomTensors(seed).Normal(Rows, 32);

    private string GrownBase(string small)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "grown")).FullName;
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(small, "config.json")))!.AsObject();
        config["vocab_size"] = Rows;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        using var scope = NewDisposeScope();
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(small, "model.safetensors"));
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            file.Names.Select(name => (name, name switch { "model.embed_tokens.weight" => _words, "lm_head.weight" => _head, _ => file.Load(name) })),
            new Dictionary<string, string> { ["format"] = "pt" });
        return folder;
    }

    /// <summary>The adapter with both tables beside it; LoRA on the embedding has a column for each row.</summary>
    private string GrownAdapter(string name, string level)
    {
        string source = Fixtures.PathOf("hf_peft", "llama", name), folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.Copy(Path.Combine(source, "adapter_config.json"), Path.Combine(folder, "adapter_config.json"));
        using var scope = NewDisposeScope();
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(source, "adapter_model.safetensors"));
        Dictionary<string, Tensor> tensors = file.Names.ToDictionary(key => key, file.Load);
        tensors[$"base_model.model.model.embed_tokens.{level}weight"] = _words;
        tensors["base_model.model.lm_head.weight"] = _head;
        foreach (string key in tensors.Keys.Where(key => key.EndsWith("lora_embedding_A", StringComparison.Ordinal)).ToArray())
            tensors[key] = cat([tensors[key], tensors[key].narrow(1, 0, Rows - tensors[key].shape[1])], 1);
        SafetensorsWriter.Write(
            Path.Combine(folder, "adapter_model.safetensors"), tensors.Select(pair => (pair.Key, pair.Value)), new Dictionary<string, string> { ["format"] = "pt" });
        return folder;
    }
}
