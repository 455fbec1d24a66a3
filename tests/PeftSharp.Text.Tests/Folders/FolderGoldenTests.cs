using System.Text.Json;
using PeftSharp.Testing;
using PeftSharp.Text.Tests.Goldens;

namespace PeftSharp.Text.Tests.Folders;

/// <summary>Every folder of goldens that has an older vocabulary, without its tokenizer.json.</summary>
public sealed class FolderGoldenTests
{
    private static readonly string[] s_vocabularies =
        ["vocab.txt", "merges.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

    public static TheoryData<string> Names() =>
        [.. GoldenFolder.Names.Where(name => s_vocabularies.Any(file => File.Exists(Fixtures.PathOf("tokenizers", name, file))))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_WithoutTokenizerJson_EqualsHuggingFaceInEverySection(string name)
    {
        using TemporaryFolder folder = TemporaryFolder.Of(Fixtures.PathOf("tokenizers", name));
        Same(name, Tokenizer.Load(folder.Path));
    }

    /// <summary>special_tokens_map.json alone, and nothing that lists the added tokens with their ids.</summary>
    [Theory]
    [InlineData("t5")]
    [InlineData("llama2")]
    [InlineData("llama2_legacy")]
    [InlineData("deberta_v2")]
    [InlineData("bert_cased")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    public void Load_WithoutAddedTokensDecoder_EqualsHuggingFaceInEverySection(string name)
    {
        string source = Fixtures.PathOf("tokenizers", name);
        using TemporaryFolder folder = TemporaryFolder.Of(source, "tokenizer_config.json")
            .With("tokenizer_config.json", ConfigOf(source, except: "added_tokens_decoder"));
        Same(name, Tokenizer.Load(folder.Path));
    }

    [Fact]
    public void Load_NoTokenNamedAnywhere_HasThoseOfTheClass()
    {
        using TemporaryFolder folder = TemporaryFolder.Of(Fixtures.PathOf("tokenizers", "bert_cased"), "tokenizer_config.json", "special_tokens_map.json")
            .With("tokenizer_config.json", """{"do_lower_case":false}""")
            .With("config.json", """{"model_type":"bert"}""");
        Same("bert_cased", Tokenizer.Load(folder.Path));
        TokenizerSettings settings = TokenizerSettings.Load(folder.Path);
        Assert.Equal(("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"), (settings.PadToken, settings.ClsToken, settings.SepToken, settings.UnkToken, settings.MaskToken));
    }

    /// <summary>The language of the texts goes behind them in mBART and in front in mBART-50.</summary>
    [Theory]
    [InlineData("mbart")]
    [InlineData("mbart50")]
    public void Load_SourceLanguage_EqualsHuggingFace(string name)
    {
        JsonElement goldens = GoldenFolder.ReadJson(Fixtures.PathOf("tokenizers", name, "goldens.json"));
        string source = Fixtures.PathOf("tokenizers", "mbart");
        GoldenCheck check = new();
        foreach (JsonElement language in goldens.GetProperty("languages").EnumerateArray())
        {
            Dictionary<string, object?> config = GoldenFolder.ReadJson(Path.Combine(source, "tokenizer_config.json")).EnumerateObject()
                .ToDictionary(p => p.Name, p => (object?)p.Value);
            config["src_lang"] = language.GetProperty("lang").GetString();
            config["tokenizer_class"] = goldens.GetProperty("class").GetString();
            using TemporaryFolder folder = TemporaryFolder.Of(source, "tokenizer_config.json").With("tokenizer_config.json", JsonSerializer.Serialize(config));
            Tokenizer tokenizer = Tokenizer.Load(folder.Path);
            foreach (JsonElement row in language.GetProperty("rows").EnumerateArray())
                check.Equal(
                    $"{config["src_lang"]} {row.GetProperty("text_index")}",
                    GoldenCheck.Ints(row.GetProperty("ids")),
                    tokenizer.Encode(GoldenFolder.Texts[row.GetProperty("text_index").GetInt32()]).ToIdArray());
        }
        check.Done();
    }

    private static void Same(string name, Tokenizer tokenizer)
    {
        GoldenFolder golden = new(tokenizer, name);
        GoldenCheck check = new();
        foreach (string section in GoldenTests.SectionsOf(name))
            GoldenTests.Check(golden, section, check);
        check.Equal("size", [golden.Goldens.GetProperty("vocab_size_with_added").GetInt32()], [tokenizer.VocabularySize]);
        check.Done();
    }

    private static string ConfigOf(string folder, string except) => JsonSerializer.Serialize(
        GoldenFolder.ReadJson(Path.Combine(folder, "tokenizer_config.json")).EnumerateObject().Where(p => p.Name != except)
            .ToDictionary(p => p.Name, p => p.Value));
}
