using System.Text.Json.Nodes;
using PeftSharp.Generation;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Tests.Generation;
using PeftSharp.Tests.Tensors;
using PeftSharp.Workflows.Converting;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.GgufModels;

/// <summary>Entries of GGUF files that llama.cpp knows besides those that its converter writes.</summary>
public sealed class GgufMetadataReadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, object[], double> Scalings => new()
    {
        // A rule that is not named is linear, the older key counts where the newer one is missing, and "none" is none.
        { "factor alone", ["llama.rope.scaling.factor", 4f], 4 },
        { "older key", ["llama.rope.scale_linear", 4f], 4 },
        { "both", ["llama.rope.scale_linear", 2f, "llama.rope.scaling.factor", 4f], 4 },
        { "named", ["llama.rope.scaling.type", "linear", "llama.rope.scaling.factor", 4f], 4 },
        { "named without a factor", ["llama.rope.scaling.type", "linear"], 1 },
        { "none", ["llama.rope.scaling.type", "none", "llama.rope.scaling.factor", 4f], 1 },
        { "zero", ["llama.rope.scale_linear", 0f], 1 },
    };

    [Theory, MemberData(nameof(Scalings))]
    public void Load_RopeScaling_IsReadAsLlamaCppDoes(string name, object[] entries, double factor)
    {
        Assert.NotEmpty(name);
        string source = Folder("plain", """ "rope_parameters": { "rope_theta": 10000.0, "rope_type": "default" } """);
        string stretched = Folder("stretched", $$""" "rope_parameters": { "rope_theta": 10000.0, "rope_type": "linear", "factor": {{factor}} } """);
        string gguf = WithEntries(source, [.. entries.Chunk(2).Select(pair => ((string)pair[0], pair[1]))]);
        using BaseModel expected = BaseModel.Load(stretched), found = BaseModel.Load(gguf, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        using var scope = NewDisposeScope();
        ModelInput input = new() { InputIds = ScalarMath.Range(1, 20, CPU).unsqueeze(0) };
        Assert.Equal(0, expected.Forward(input, Pass.Bare).sub(found.Forward(input, Pass.Bare)).abs().max().item<float>(), 1e-5f);
    }

    [Fact]
    public void Load_EndsOfTurnAndMessage_EndTheText()
    {
        string gguf = WithEntries(
            Folder("plain"), ("tokenizer.ggml.eos_token_id", 2u), ("tokenizer.ggml.eot_token_id", 7u), ("tokenizer.ggml.eom_token_id", 9u));
        using BaseModel model = BaseModel.Load(gguf, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        Assert.Equal([2, 7, 9], GenerationFile.Of(model).EosTokenIds);
        string only = WithEntries(Folder("plain"), ("tokenizer.ggml.eot_token_id", 7u), ("tokenizer.ggml.eom_token_id", 7u));
        using BaseModel second = BaseModel.Load(only, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        Assert.Equal([7], GenerationFile.Of(second).EosTokenIds);
    }

    [Theory]
    [InlineData("config.json", "[2, 7, 9]", new uint[] { 7, 9 })]
    [InlineData("generation_config.json", "[2, 1]", new uint[] { 1 })]
    [InlineData("config.json", "[2, 7, 9, 11]", new uint[] { 7, 9 })]
    public void Convert_SeveralEndTokens_AreKeptThereAndBack(string file, string list, uint[] keys)
    {
        // Token 2 is the tokenizer's own end.
        string source = Folder("plain", file == "config.json" ? $"\"eos_token_id\": {list}" : null, vocabulary: 49152), gguf = _folder.At("m.gguf"), back = _folder.At("back");
        if (file != "config.json")
            File.WriteAllText(Path.Combine(source, file), $$"""{ "eos_token_id": {{list}} }""");
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json"])
            File.Copy(PeftSharp.Testing.Fixtures.PathOf("tokenizers", "smollm2", name), Path.Combine(source, name));
        ConvertWorkflow.Run(source, gguf);
        using (GgufFile written = GgufFile.Open(gguf))
        {
            Assert.Equal(2, written.Entries.Count32("tokenizer.ggml.eos_token_id"));
            string[] names = ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];
            Assert.Equal(keys.Select(key => (int)key), names.Where(written.Entries.Has).Select(name => written.Entries.Count32(name)));
        }
        ConvertWorkflow.Run(gguf, back);
        int[] expected = [.. JsonNode.Parse(list)!.AsArray().Select(id => (int)id!)];
        Assert.Equal(expected, GenerationFile.Load(back).EosTokenIds);
        using BaseModel model = BaseModel.Load(gguf, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        Assert.Equal(expected, GenerationFile.Of(model).EosTokenIds);
    }

    private string Folder(string name, string? more = null, int vocabulary = 64)
    {
        Directory.CreateDirectory(_folder.At(name));
        using BaseModel model = TinyLlama.Create(vocabulary);
        string config = model.Config.Json;
        File.WriteAllText(_folder.At(name, "config.json"), more is null ? config : $"{config.TrimEnd().TrimEnd('}')}, {more} }}");
        SafetensorsWriter.Write(_folder.At(name, "model.safetensors"), model.Parameters.Select(parameter => (parameter.Name, parameter.Value)));
        return _folder.At(name);
    }

    /// <summary>A GGUF file of a folder with these entries in place of its own on rope scaling.</summary>
    private string WithEntries(string folder, params (string Key, object Value)[] entries)
    {
        string plain = _folder.At($"{Guid.NewGuid()}.gguf"), path = _folder.At($"{Guid.NewGuid()}.gguf");
        ConvertWorkflow.Run(folder, plain);
        using GgufFile file = GgufFile.Open(plain);
        GgufMetadata metadata = [];
        foreach ((string key, object value) in file.Entries)
            metadata.Add(key, value);
        foreach ((string key, object value) in entries)
            metadata.Add(key, value);
        GgufWriter.Write(path, metadata, [.. file.Tensors.Select(tensor => GgufTensor.Copy(file, tensor.Name))]);
        return path;
    }
}
