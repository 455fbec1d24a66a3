using PeftSharp.Testing;

namespace PeftSharp.Text.Tests;

public sealed class TokenizerSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("settings").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_SmolLm2_ReadsTokensTemplateAndNoLimit()
    {
        TokenizerSettings settings = TokenizerSettings.Load(Fixtures.PathOf("tokenizers", "smollm2"));
        Assert.Equal(("<|im_start|>", "<|im_end|>", "<|im_end|>", "<|endoftext|>"),
            (settings.BosToken, settings.EosToken, settings.PadToken, settings.UnkToken));
        Assert.Null(settings.ModelMaxLength);
        Assert.StartsWith("{%", settings.ChatTemplate, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MiniLm_ReadsTokensAndLimit()
    {
        TokenizerSettings settings = TokenizerSettings.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));
        Assert.Equal(("[CLS]", "[SEP]", "[MASK]", "[PAD]"), (settings.ClsToken, settings.SepToken, settings.MaskToken, settings.PadToken));
        Assert.Equal(512, settings.ModelMaxLength);
        Assert.Null(settings.ChatTemplate);
    }

    [Fact]
    public void Load_TokenAsObject_ReadsItsContent() =>
        Assert.Equal("<mask>", TokenizerSettings.Load(Fixtures.PathOf("tokenizers", "roberta")).MaskToken);

    [Fact]
    public void Load_EmptyFolder_GivesDefaults()
    {
        TokenizerSettings settings = TokenizerSettings.Load(_folder);
        Assert.Equal(new TokenizerSettings { AdditionalSpecialTokens = settings.AdditionalSpecialTokens }, settings);
        Assert.Empty(settings.AdditionalSpecialTokens);
        Assert.Equal((TextSide.Right, TextSide.Right), (settings.PaddingSide, settings.TruncationSide));
    }

    [Fact]
    public void Load_SidesListsAndNamedTemplates_AreRead()
    {
        Write("tokenizer_config.json", """
            {"padding_side":"left","truncation_side":"left","clean_up_tokenization_spaces":true,"model_max_length":1e30,"pad_token":null,
             "chat_template":[{"name":"tool_use","template":"T"},{"name":"default","template":"D"}]}
            """);
        Write("special_tokens_map.json", """{"pad_token":"<p>","additional_special_tokens":["<a>",{"content":"<b>","lstrip":true}]}""");
        TokenizerSettings settings = TokenizerSettings.Load(_folder);
        Assert.Equal((TextSide.Left, TextSide.Left, true), (settings.PaddingSide, settings.TruncationSide, settings.CleanUpTokenizationSpaces));
        Assert.Equal("<p>", settings.PadToken);
        Assert.Equal(["<a>", "<b>"], settings.AdditionalSpecialTokens);
        Assert.Equal("D", settings.ChatTemplate);
        Assert.Null(settings.ModelMaxLength);
        Write("chat_template.jinja", "J");
        Assert.Equal("J", TokenizerSettings.Load(_folder).ChatTemplate);
    }

    [Theory]
    [InlineData("""{"padding_side":"up"}""", "$.padding_side")]
    [InlineData("""{"pad_token":7}""", "$.pad_token")]
    [InlineData("""{"model_max_length":-1}""", "$.model_max_length")]
    [InlineData("""[]""", "expected an object")]
    [InlineData("""{""", "not valid JSON")]
    public void Load_WrongValue_NamesFileAndPath(string json, string expected)
    {
        Write("tokenizer_config.json", json);
        string message = Assert.Throws<InvalidDataException>(() => TokenizerSettings.Load(_folder)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("tokenizer_config.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFolder_Throws() =>
        Assert.Throws<DirectoryNotFoundException>(() => TokenizerSettings.Load(Path.Combine(_folder, "none")));

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
