using System.Text.Json.Nodes;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Testing;
using PeftSharp.Tests.GgufModels;
using PeftSharp.Tests.Tensors;
using PeftSharp.Text;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Converting;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Workflows.Converting;

public sealed class ConvertWorkflowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Bases => ["llama", "llama_tied_rope"];

    [Theory]
    [MemberData(nameof(Bases))]
    public void Run_ToGgufAndBack_EveryWeightAndSettingTheSame(string family)
    {
        string source = Fixtures.PathOf("hf_peft", family, "base"), gguf = _folder.At("m.gguf"), back = _folder.At("back");
        ConvertResult made = ConvertWorkflow.Run(source, gguf);
        Assert.Equal("f32", made.Type);
        ConvertWorkflow.Run(gguf, back);
        AssertSameWeights(source, back);
        JsonObject before = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        JsonObject after = JsonNode.Parse(File.ReadAllText(Path.Combine(back, "config.json")))!.AsObject();
        foreach (string key in (string[])["hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "num_hidden_layers", "vocab_size", "max_position_embeddings", "tie_word_embeddings", "attention_bias", "mlp_bias", "hidden_act", "model_type", "architectures"])
            Assert.True(JsonNode.DeepEquals(before[key], after[key]), $"{key}: {after[key]} instead of {before[key]}");
        Assert.Equal((double)before["rms_norm_eps"]!, (double)after["rms_norm_eps"]!, 1e-12);
        using BaseModel one = BaseModel.Load(source), other = BaseModel.Load(back), direct = BaseModel.Load(gguf, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        using var scope = NewDisposeScope();
        ModelInput input = new() { InputIds = ScalarMath.Range(1, 20, CPU).unsqueeze(0) };
        Tensor expected = one.Forward(input, Pass.Bare);
        Assert.Equal(0, expected.sub(other.Forward(input, Pass.Bare)).abs().max().item<float>(), 1e-5f);
        Assert.Equal(0, expected.sub(direct.Forward(input, Pass.Bare)).abs().max().item<float>(), 1e-5f);
    }

    // Rows of 40 values are no whole blocks of 32.
    [Theory]
    [InlineData("f16", 64, GgmlType.F16, GgmlType.F16, 0.002)]
    [InlineData("bf16", 64, GgmlType.BF16, GgmlType.BF16, 0.01)]
    [InlineData("q8_0", 64, GgmlType.Q8_0, GgmlType.Q8_0, 0.01)]
    [InlineData("q4_0", 64, GgmlType.Q4_0, GgmlType.Q8_0, 0.15)]
    [InlineData("q4_1", 64, GgmlType.Q4_1, GgmlType.Q8_0, 0.15)]
    [InlineData("q8_0", 40, GgmlType.F16, GgmlType.F16, 0.002)]
    [InlineData("q4_0", 40, GgmlType.F16, GgmlType.F16, 0.002)]
    [InlineData("q4_1", 40, GgmlType.F16, GgmlType.F16, 0.002)]
    public void Run_OutType_IsThatOfTheMatrices(string outtype, int width, GgmlType type, GgmlType embedding, double tolerance)
    {
        string source = Model(120, width), gguf = _folder.At("m.gguf");
        ConvertWorkflow.Run(source, gguf, outtype);
        using GgufFile file = GgufFile.Open(gguf);
        Assert.Equal(type, file.Tensor("blk.0.ffn_gate.weight").Type);
        Assert.Equal(embedding, file.Tensor("token_embd.weight").Type);
        Assert.Equal(GgmlType.F32, file.Tensor("blk.0.attn_norm.weight").Type);
        using ICheckpoint before = Checkpoint.Open(source), after = ModelFiles.Weights(gguf);
        using var scope = NewDisposeScope();
        foreach (string name in before.Names)
        {
            Tensor wanted = before.Load(name);
            float error = after.Load(name).to(ScalarType.Float32).sub(wanted).abs().max().item<float>();
            Assert.InRange(error, 0, tolerance * wanted.abs().max().item<float>());
        }
    }

    [Theory]
    [InlineData("smollm2", "gpt-2", 0)]
    [InlineData("gpt2", "gpt-2", 0)]
    [InlineData("llama3", "llama-bpe", 1)]
    [InlineData("qwen2", "qwen2", 0)]
    public void Run_TokenizerToGgufAndBack_EncodesTheSame(string name, string pre, int bosTokens)
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", name));
        string source = Model(tokenizer.MaxTokenId + 4);
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
            if (Fixtures.PathOf("tokenizers", name, file) is var path && File.Exists(path))
                File.Copy(path, Path.Combine(source, file));
        File.WriteAllText(Path.Combine(source, "chat_template.jinja"), "{{ messages }}");
        string gguf = _folder.At("m.gguf"), back = _folder.At("back");
        ConvertWorkflow.Run(source, gguf);
        using (GgufFile file = GgufFile.Open(gguf))
        {
            Assert.Equal(pre, file.Entries.Text("tokenizer.ggml.pre"));
            Assert.Equal(bosTokens == 1, file.Entries.Flag("tokenizer.ggml.add_bos_token", false));
            Assert.Equal(tokenizer.MaxTokenId + 4, file.Entries.Items<string>("tokenizer.ggml.tokens")!.Count);
        }
        ConvertWorkflow.Run(gguf, back);
        Tokenizer again = Tokenizer.Load(back);
        Assert.Equal(tokenizer.VocabularySize, again.VocabularySize);
        foreach (string text in SmolLmGoldens.Texts())
        {
            Assert.Equal(tokenizer.Encode(text).Ids, again.Encode(text).Ids);
            Assert.Equal(tokenizer.Decode(tokenizer.Encode(text).Ids), again.Decode(again.Encode(text).Ids));
        }
        TokenizerSettings before = TokenizerSettings.Load(source), after = TokenizerSettings.Load(back);
        Assert.Equal((before.BosToken, before.EosToken, before.PadToken), (after.BosToken, after.EosToken, after.PadToken));
        Assert.Equal("{{ messages }}", after.ChatTemplate);
    }

    [Fact]
    public void Run_TokenizerOfAnotherKind_IsRefused()
    {
        string source = Model(40_000);
        File.Copy(Fixtures.Asset("models", "all-MiniLM-L6-v2", "tokenizer.json"), Path.Combine(source, "tokenizer.json"));
        Assert.Contains("byte-level BPE", Assert.Throws<PeftException>(() => ConvertWorkflow.Run(source, _folder.At("m.gguf"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("m.gguf")));
    }

    [Fact]
    public void Run_ModelOfAnotherFamily_IsRefused() =>
        Assert.Contains("only LLaMA", Assert.Throws<PeftException>(() => ConvertWorkflow.Run(Fixtures.PathOf("hf_peft", "bert", "base"), _folder.At("m.gguf"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_ClassifierOfTheFamily_IsRefusedNamingTheWeight() =>
        Assert.Contains("lm_head.weight", Assert.Throws<PeftException>(() => ConvertWorkflow.Run(Fixtures.PathOf("hf_peft", "llama_seqcls", "base"), _folder.At("m.gguf"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_WrongRequests_Throw()
    {
        string source = Fixtures.PathOf("hf_peft", "llama", "base"), gguf = _folder.At("m.gguf");
        Assert.Contains("outtype", Assert.Throws<ConfigException>(() => ConvertWorkflow.Run(source, gguf, "q2")).Message, StringComparison.Ordinal);
        Assert.Contains("outtype", Assert.Throws<ConfigException>(() => ConvertWorkflow.Run(source, _folder.At("x"), "q8_0")).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => ConvertWorkflow.Run(_folder.At("none.gguf"), gguf));
        ConvertWorkflow.Run(source, gguf);
        Assert.Contains("there already", Assert.Throws<ConfigException>(() => ConvertWorkflow.Run(source, gguf)).Message, StringComparison.Ordinal);
        Assert.Contains("being read", Assert.Throws<ConfigException>(() => ConvertWorkflow.Run(gguf, gguf, overwrite: true)).Message, StringComparison.Ordinal);
        ConvertWorkflow.Run(source, gguf, "f16", overwrite: true);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Run_SmolLm_FolderGivesTheTextsOfTransformers()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        string folder = _folder.At("smollm");
        ConvertResult made = ConvertWorkflow.Run(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"), folder);
        Assert.Equal("f32", made.Type);
        using PretrainedModel pretrained = PretrainedModel.Load(folder, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        SmolLmGoldens.Check(pretrained);
    }

    private string Model(int vocabulary, int width = 8)
    {
        Directory.CreateDirectory(_folder.At("model"));
        string config = $$"""
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": {{width}}, "intermediate_size": {{2 * width}}, "num_hidden_layers": 1,
              "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 96, "vocab_size": {{vocabulary}}, "attention_bias": true
            }
            """;
        File.WriteAllText(_folder.At("model", "config.json"), config);
        using BaseModel model = BaseModel.Create(ModelConfig.Parse(config, "test"), new() { Task = TaskType.CausalLanguageModel });
        SafetensorsWriter.Write(_folder.At("model", "model.safetensors"), model.Parameters.Select(parameter => (parameter.Name, parameter.Value)));
        return _folder.At("model");
    }

    private static void AssertSameWeights(string one, string other)
    {
        using ICheckpoint before = Checkpoint.Open(one), after = Checkpoint.Open(other);
        Assert.Equal(before.Names.Order(StringComparer.Ordinal), after.Names.Order(StringComparer.Ordinal));
        using var scope = NewDisposeScope();
        foreach (string name in before.Names)
            Assert.Equal(before.Load(name).bytes.ToArray(), after.Load(name).bytes.ToArray());
    }
}
