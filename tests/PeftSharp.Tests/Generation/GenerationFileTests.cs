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
    [InlineData("""{ "num_return_sequences": 2 }""", "num_return_sequences")]
    [InlineData("""{ "bad_words_ids": [7] }""", "bad_words_ids")]
    [InlineData("""{ "sequence_bias": [[[7], "x"]] }""", "sequence_bias")]
    [InlineData("""{ "exponential_decay_length_penalty": [2] }""", "exponential_decay_length_penalty")]
    [InlineData("""{ "penalty_alpha": 0.6, "top_k": 4 }""", "penalty_alpha")]
    [InlineData("""{ "num_beams": 4, "num_beam_groups": 2 }""", "num_beam_groups")]
    [InlineData("""{ "diversity_penalty": 1.0 }""", "diversity_penalty")]
    [InlineData("""{ "guidance_scale": 1.5 }""", "guidance_scale")]
    [InlineData("""{ "watermarking_config": { "bias": 2.5 } }""", "watermarking_config")]
    [InlineData("""{ "dola_layers": "low" }""", "dola_layers")]
    [InlineData("""{ "force_words_ids": [[3]] }""", "force_words_ids")]
    [InlineData("""{ "constraints": ["x"] }""", "constraints")]
    [InlineData("""{ "token_healing": true }""", "token_healing")]
    public void Read_WrongValue_NamesFileAndKey(string json, string key)
    {
        string message = Assert.Throws<PeftException>(() => GenerationFile.Read(JsonSettings.Parse(json, "some.json"))).Message;
        Assert.Contains("some.json", message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValuesThatMeanOff_ChangeNothing()
    {
        const string off = """
            {
              "penalty_alpha": null, "dola_layers": null, "num_beam_groups": 1, "diversity_penalty": 0.0, "constraints": null,
              "force_words_ids": null, "forced_decoder_ids": null, "guidance_scale": 1, "watermarking_config": null, "token_healing": false,
              "use_cache": true, "cache_implementation": "static", "output_scores": false, "prompt_lookup_num_tokens": 3, "transformers_version": "5.24.0",
              "min_length": 0, "typical_p": 1.0, "epsilon_cutoff": 0.0, "eta_cutoff": 0.0, "encoder_repetition_penalty": 1.0, "repetition_penalty": 1.0,
              "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0, "bad_words_ids": null, "num_return_sequences": 1, "forced_eos_token_id": null,
              "temperature": 1.0, "top_k": 50, "top_p": 1.0, "num_beams": 1, "length_penalty": 1.0, "early_stopping": false, "max_length": null
            }
            """;
        Write("generation_config.json", off);
        Assert.Equal(new GenerationOptions(), GenerationFile.Read(JsonSettings.Parse(off, "test")));
        Assert.Empty(GenerationFile.UnknownKeys(_folder));
    }

    [Fact]
    public void UnknownKeys_KeyOfNobody_IsNamed()
    {
        Write("generation_config.json", """{ "my_own_key": 3, "top_k": 4, "chat_format": "chatml" }""");
        Assert.Equal(["my_own_key", "chat_format"], GenerationFile.UnknownKeys(_folder));
    }

    [Fact]
    public void Load_EndTokenIsNull_HasNone()
    {
        Write("generation_config.json", """{ "eos_token_id": null }""");
        Write("config.json", """{ "eos_token_id": 2 }""");
        Assert.Empty(GenerationFile.Load(_folder).EosTokenIds!);
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
