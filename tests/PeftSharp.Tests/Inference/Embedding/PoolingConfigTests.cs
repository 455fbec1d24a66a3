using PeftSharp.Inference.Embedding;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Inference.Embedding;

public sealed class PoolingConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_MiniLm_IsTheNormalizedMeanOf256Tokens()
    {
        PoolingConfig config = PoolingConfig.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));
        Assert.Equal([PoolingMode.Mean], config.Modes);
        Assert.True(config.Normalize);
        Assert.Equal(256, config.MaxLength);
        Assert.False(config.LowerCase);
    }

    [Fact]
    public void Load_NoModules_IsTheMean() => Assert.Equal(PoolingConfig.Default, PoolingConfig.Load(_folder));

    [Fact]
    public void Load_FlagsOfSeveralModes_TakesThemInOrder()
    {
        Write("modules.json", """[{ "type": "sentence_transformers.models.Transformer", "path": "" }, { "type": "sentence_transformers.models.Pooling", "path": "pool" }]""");
        Write("sentence_bert_config.json", """{ "max_seq_length": 99, "do_lower_case": true }""");
        Write("pool/config.json", """{ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true, "pooling_mode_lasttoken": true }""");
        PoolingConfig config = PoolingConfig.Load(_folder);
        Assert.Equal([PoolingMode.FirstToken, PoolingMode.Mean, PoolingMode.LastToken], config.Modes);
        Assert.False(config.Normalize);
        Assert.Equal(99, config.MaxLength);
        Assert.True(config.LowerCase);
        Write("pool/config.json", """{ "pooling_mode": "max" }""");
        Assert.Equal([PoolingMode.Max], PoolingConfig.Load(_folder).Modes);
        Write("pool/config.json", """{ "pooling_mode": ["mean", "cls"] }""");
        Assert.Equal([PoolingMode.Mean, PoolingMode.FirstToken], PoolingConfig.Load(_folder).Modes);
    }

    [Theory]
    [InlineData("""[{ "type": "sentence_transformers.models.Dense", "path": "2_Dense" }]""", "Dense")]
    [InlineData("""{ "type": "x" }""", "array")]
    [InlineData("""[{ "path": "" }]""", "type")]
    [InlineData("""[5]""", "object")]
    [InlineData("""[""", "JSON")]
    [InlineData("""[{ "type": "a.Pooling", "path": "../../etc" }]""", "out of the model's folder")]
    [InlineData("""[{ "type": "a.Pooling", "path": "/etc" }]""", "out of the model's folder")]
    public void Load_UnusableModules_SaysWhat(string json, string word)
    {
        Write("modules.json", json);
        Assert.Contains(word, Assert.Throws<PeftException>(() => PoolingConfig.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "pooling_mode_mean_tokens": false }""")]
    [InlineData("""{ "pooling_mode": "median" }""")]
    [InlineData("""{ "pooling_mode": 3 }""")]
    public void Load_UnusablePooling_SaysSo(string json)
    {
        Write("modules.json", """[{ "type": "a.Pooling", "path": "pool" }]""");
        Write("pool/config.json", json);
        Assert.Contains("pooling_mode", Assert.Throws<PeftException>(() => PoolingConfig.Load(_folder)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string json)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
    }
}
