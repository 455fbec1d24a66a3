using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Generation;

/// <summary>Keys of <c>generation_config.json</c> against the tokens that transformers gives with them.</summary>
public sealed class GenerationConfigParityTests(GenerationConfigParityTests.Model shared) : IClassFixture<GenerationConfigParityTests.Model>
{
    /// <summary>Each variant of the reference, with o[i] for token i of the text without any key.</summary>
    public static TheoryData<string, string> Variants => new()
    {
        { "base", "" },
        { "eoslist", """ "eos_token_id": [o[3], o[7]] """ },
        { "reppen", """ "repetition_penalty": 1.3 """ },
        { "ngram", """ "no_repeat_ngram_size": 2 """ },
        { "badwords", """ "bad_words_ids": [[o[2]]] """ },
        { "suppress", """ "suppress_tokens": [o[1]] """ },
        { "begin_suppress", """ "begin_suppress_tokens": [o[0]] """ },
        { "minnew", """ "eos_token_id": [o[1]], "min_new_tokens": 5 """ },
        { "forced", """ "forced_eos_token_id": 2 """ },
        { "seqbias", """ "sequence_bias": [[[o[4]], -100.0]] """ },
        { "expdecay", """ "exponential_decay_length_penalty": [2, 5.0] """ },
        { "renorm", """ "renormalize_logits": true """ },
        { "earlystop", """ "num_beams": 3, "early_stopping": true, "length_penalty": 0.5 """ },
        { "eosnull", """ "eos_token_id": null """ },
    };

    [Theory, MemberData(nameof(Variants))]
    public void Generate_KeyInTheFile_GivesReferenceTokens(string name, string keys) =>
        Assert.Equal(shared.Expected(name), shared.Generate(""" "max_new_tokens": 12, """ + keys).Ids);

    [Fact]
    public void Generate_MaxLengthInTheFile_CountsThePrompt()
    {
        GeneratedTokens result = shared.Generate(""" "max_length": 6 """);
        Assert.Equal(shared.Expected("base").Take(6 - result.PromptTokens), result.Ids);
        Assert.Equal(shared.Expected("base").Take(4), shared.Generate(""" "max_new_tokens": 4, "max_length": 3 """).Ids);
    }

    /// <summary>The reference's model and what it gave.</summary>
    public sealed class Model : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp").FullName;
        private readonly JsonNode _expected = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", "generation", "genref.json")))!;
        private readonly int[] _prompt = TinyLlama.SmolTokenizer().Encode("Hello there").ToIdArray();
        private readonly BaseModel _base;
        private readonly PeftModel _model;

        public Model()
        {
            ReferenceLlama.Write(_folder);
            _base = BaseModel.Load(_folder);
            _model = new PeftModel(_base);
        }

        public int[] Expected(string name) => [.. _expected[name]![0]!.AsArray().Select(id => (int)id!)];

        /// <summary>Generates with a <c>generation_config.json</c> of these keys.</summary>
        public GeneratedTokens Generate(string keys)
        {
            int[] plain = Expected("base");
            for (int i = 0; i < plain.Length; i++)
                keys = keys.Replace($"o[{i}]", $"{plain[i]}", StringComparison.Ordinal);
            string json = $$"""{ "bos_token_id": 1, "pad_token_id": 2, {{keys.Trim().TrimEnd(',')}} }""";
            File.WriteAllText(Path.Combine(_folder, "generation_config.json"), json);
            using TokenGenerator generator = new(_model);
            return generator.Generate(_prompt);
        }

        public void Dispose()
        {
            _model.Dispose();
            _base.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
