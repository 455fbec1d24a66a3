using PeftSharp.Generation;
using PeftSharp.IO;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Generation;

public sealed class GenerationFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_BothFiles_TakesTheTokensOfTheFirst()
    {
        Write("generation_config.json", """{ "eos_token_id": [7, 8], "temperature": 0.6, "do_sample": true, "top_p": 0.9, "transformers_version": "5", "max_length": 4096 }""");
        Write("config.json", """{ "eos_token_id": 2, "pad_token_id": 5, "bos_token_id": 1 }""");
        GenerationOptions options = GenerationFile.Load(_folder);
        Assert.Equal([7, 8], options.EosTokenIds);
        Assert.Equal(5, options.PadTokenId);
        Assert.Equal(1, options.BosTokenId);
        Assert.True(options.DoSample);
        Assert.Equal(0.6, options.Temperature);
        Assert.Equal(0.9, options.TopP);
        Assert.Equal(50, options.TopK);
    }

    [Fact]
    public void Load_ConfigOnly_TakesItsTokens()
    {
        Write("config.json", """{ "eos_token_id": 2, "pad_token_id": -1 }""");
        GenerationOptions options = GenerationFile.Load(_folder);
        Assert.Equal([2], options.EosTokenIds);
        Assert.Null(options.PadTokenId);
        Assert.Throws<FileNotFoundException>(() => GenerationFile.Load(Path.Combine(_folder, "nothing")));
    }

    [Theory]
    [InlineData("""{ "early_stopping": true }""", EarlyStopping.Immediately)]
    [InlineData("""{ "early_stopping": false }""", EarlyStopping.Heuristic)]
    [InlineData("""{ "early_stopping": "never" }""", EarlyStopping.Never)]
    [InlineData("""{ "early_stopping": null }""", EarlyStopping.Heuristic)]
    public void Read_EarlyStopping_TakesItsThreeForms(string json, EarlyStopping expected) =>
        Assert.Equal(expected, GenerationFile.Read(JsonSettings.Parse(json, "test")).EarlyStopping);

    [Theory]
    [InlineData("""{ "stop_strings": "end" }""", new[] { "end" })]
    [InlineData("""{ "stop_strings": ["end", "###"] }""", new[] { "end", "###" })]
    public void Read_StopStrings_TakesOneOrMany(string json, string[] expected) =>
        Assert.Equal(expected, GenerationFile.Read(JsonSettings.Parse(json, "test")).StopStrings);

    [Theory]
    [InlineData("""{ "top_p": 2 }""", "top_p")]
    [InlineData("""{ "top_k": "many" }""", "top_k")]
    [InlineData("""{ "eos_token_id": "x" }""", "eos_token_id")]
    [InlineData("""{ "early_stopping": "sometimes" }""", "early_stopping")]
    [InlineData("""{ "pad_token_id": 99999999999 }""", "pad_token_id")]
    [InlineData("""{ "num_beams": 3, "do_sample": true }""", "num_beams")]
    public void Read_WrongValue_NamesFileAndKey(string json, string key)
    {
        string message = Assert.Throws<PeftException>(() => GenerationFile.Read(JsonSettings.Parse(json, "some.json"))).Message;
        Assert.Contains("some.json", message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ReferenceBase_HasItsTokens()
    {
        GenerationOptions options = GenerationFile.Load(Fixtures.PathOf("hf_peft", "llama", "base"));
        Assert.NotEmpty(options.EosTokenIds!);
        Assert.NotNull(options.PadTokenId);
        Assert.NotNull(options.BosTokenId);
    }

    private void Write(string name, string json) => File.WriteAllText(Path.Combine(_folder, name), json);
}
