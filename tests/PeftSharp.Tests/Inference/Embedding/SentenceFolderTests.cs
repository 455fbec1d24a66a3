using PeftSharp.Inference.Embedding;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference.Embedding;

public sealed class SentenceFolderTests : IDisposable
{
    private const string Package = "sentence_transformers.models.";
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_MiniLm_IsTheNormalizedMeanOf256Tokens()
    {
        using SentenceFolder folder = SentenceFolder.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));
        Assert.Equal([PoolingMode.Mean], folder.Pooling.Modes);
        Assert.True(folder.Pooling.IncludePrompt);
        Assert.IsType<NormalizeStage>(Assert.Single(folder.Stages));
        Assert.Equal(new TextLimits(256, LowerCase: false), folder.Limits);
        Assert.Null(folder.Prompts.DefaultName);
        Assert.Equal(384, folder.Width(384));
    }

    [Fact]
    public void Load_NoModules_IsTheMean()
    {
        using SentenceFolder folder = SentenceFolder.Load(_folder);
        Assert.Equal(PoolingConfig.Default, folder.Pooling);
        Assert.Empty(folder.Stages);
        Assert.Equal(TextLimits.None, folder.Limits);
    }

    [Fact]
    public void Load_FlagsOfSeveralModes_TakesThemInOrder()
    {
        Modules("pool");
        Write("sentence_bert_config.json", """{ "max_seq_length": 99, "do_lower_case": true }""");
        Assert.Equal([PoolingMode.FirstToken, PoolingMode.Mean, PoolingMode.LastToken], Modes("""{ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true, "pooling_mode_lasttoken": true }"""));
        Assert.Equal(Enum.GetValues<PoolingMode>(), Modes("""
            { "pooling_mode_cls_token": true, "pooling_mode_max_tokens": true, "pooling_mode_mean_sqrt_len_tokens": true,
              "pooling_mode_weightedmean_tokens": true, "pooling_mode_lasttoken": true }
            """));
        Assert.Equal([PoolingMode.Max], Modes("""{ "pooling_mode": "max" }"""));
        Assert.Equal([PoolingMode.Mean, PoolingMode.FirstToken], Modes("""{ "pooling_mode": ["mean", "cls"] }"""));
        Write("pool/config.json", """{ "include_prompt": false }""");
        using SentenceFolder folder = SentenceFolder.Load(_folder);
        Assert.False(folder.Pooling.IncludePrompt);
        Assert.Equal(new TextLimits(99, LowerCase: true), folder.Limits);
        Assert.Equal("i\u0307stanbul ärger", folder.Limits.Apply("İstanbul ÄRGER"));

        IReadOnlyList<PoolingMode> Modes(string json)
        {
            Write("pool/config.json", json);
            using SentenceFolder read = SentenceFolder.Load(_folder);
            return read.Pooling.Modes;
        }
    }

    [Theory]
    [InlineData("""[{ "type": "sentence_transformers.models.Transformer", "path": "" }, { "type": "sentence_transformers.models.CNN", "path": "1_CNN" }]""", "CNN is not supported")]
    [InlineData("""[{ "type": "custom_st.Transformer", "path": "" }, { "type": "sentence_transformers.models.Pooling", "path": "1" }]""", "custom_st.Transformer is not supported")]
    [InlineData("""[{ "type": "sentence_transformers.models.Transformer", "path": "" }]""", "Transformer, Pooling and then")]
    [InlineData("""[{ "type": "sentence_transformers.models.Transformer", "path": "" }, { "type": "sentence_transformers.models.Normalize", "path": "" }, { "type": "sentence_transformers.models.Pooling", "path": "" }]""", "Transformer, Normalize, Pooling")]
    [InlineData("""[{ "type": "sentence_transformers.models.Transformer", "path": "0_Transformer" }, { "type": "sentence_transformers.models.Pooling", "path": "1" }]""", "0_Transformer")]
    [InlineData("""{ "type": "x" }""", "array")]
    [InlineData("""[{ "path": "" }]""", "type")]
    [InlineData("""[5]""", "object")]
    [InlineData("""[""", "JSON")]
    [InlineData("""[{ "type": "sentence_transformers.models.Pooling", "path": "../../etc" }]""", "out of the model's folder")]
    [InlineData("""[{ "type": "sentence_transformers.models.Pooling", "path": "/etc" }]""", "out of the model's folder")]
    public void Load_UnusableModules_SaysWhat(string json, string word)
    {
        Write("modules.json", json);
        Assert.Contains(word, Assert.Throws<PeftException>(() => SentenceFolder.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "pooling_mode_mean_tokens": false }""")]
    [InlineData("""{ "pooling_mode": "median" }""")]
    [InlineData("""{ "pooling_mode": [] }""")]
    [InlineData("""{ "pooling_mode": 3 }""")]
    public void Load_UnusablePooling_SaysSo(string json)
    {
        Modules("pool");
        Write("pool/config.json", json);
        Assert.Contains("pooling_mode", Assert.Throws<PeftException>(() => SentenceFolder.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "in_features": 4, "out_features": 3 }""", "[3, 5]")]
    [InlineData("""{ "in_features": 5, "out_features": 1000000000 }""", "[3, 5]")]
    [InlineData("""{ "in_features": 5, "out_features": 3, "bias": true }""", "linear.bias")]
    [InlineData("""{ "in_features": 5, "out_features": 3, "bias": false, "activation_function": "my.code.Tanh" }""", "my.code.Tanh")]
    [InlineData("""{ "in_features": 5, "out_features": 3, "bias": false, "activation_function": "torch.nn.modules.activation.RReLU" }""", "RReLU")]
    [InlineData("""{ "in_features": 5, "out_features": 3, "bias": false, "module_input_name": "token_embeddings" }""", "token_embeddings")]
    [InlineData("""{ "in_features": 5, "out_features": 3, "bias": false, "shiny": 3 }""", "shiny")]
    public void Load_UnusableDense_SaysWhat(string json, string word)
    {
        Modules("pool", "Dense");
        Write("pool/config.json", "{}");
        Write("Dense/config.json", json);
        using (Tensor weight = ones(3, 5))
            SafetensorsWriter.Write(Path.Combine(_folder, "Dense", "model.safetensors"), [("linear.weight", weight)]);
        Exception error = Assert.ThrowsAny<Exception>(() => SentenceFolder.Load(_folder));
        Assert.True(error is PeftException or InvalidDataException);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Prompts_AreThoseOfTheFileBesideQueryAndDocument()
    {
        Write("config_sentence_transformers.json", """{ "prompts": { "query": "query: ", "passage": "passage: ", "none": null }, "default_prompt_name": "passage" }""");
        SentencePrompts prompts = SentencePrompts.Load(_folder);
        Assert.Equal("passage: ", prompts.Resolve(new()));
        Assert.Equal("query: ", prompts.Resolve(new() { PromptName = "query" }));
        Assert.Equal("", prompts.Resolve(new() { PromptName = "document" }));
        Assert.Equal("", prompts.Resolve(new() { PromptName = "none" }));
        Assert.Equal("", prompts.Resolve(new() { Prompt = "" }));
        Assert.Equal("x ", prompts.Resolve(new() { Prompt = "x ", PromptName = "query" }));
        Assert.Contains("'passage'", Assert.Throws<PeftException>(() => prompts.Resolve(new() { PromptName = "passsage" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "prompts": { "a": "a: " }, "default_prompt_name": "b" }""", "'b'")]
    [InlineData("""{ "prompts": ["a"] }""", "prompts")]
    [InlineData("""{ "prompts": { "a": 3 } }""", "prompts.a")]
    public void Load_UnusablePrompts_SaysWhat(string json, string word)
    {
        Write("config_sentence_transformers.json", json);
        Assert.Contains(word, Assert.Throws<PeftException>(() => SentencePrompts.Load(_folder)).Message, StringComparison.Ordinal);
    }

    private void Modules(string pooling, params string[] more)
    {
        string rest = string.Concat(more.Select(kind => $$""", { "type": "{{Package}}{{kind}}", "path": "{{kind}}" }"""));
        Write("modules.json", $$"""[{ "type": "{{Package}}Transformer", "path": "" }, { "type": "{{Package}}Pooling", "path": "{{pooling}}" }{{rest}}]""");
    }

    private void Write(string name, string json)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
    }
}
