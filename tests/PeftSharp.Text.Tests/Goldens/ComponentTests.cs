using System.Text.Json;
using PeftSharp.Testing;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Tests.Goldens;

/// <summary>Single normalizers and pre-tokenizers against components.json.</summary>
public sealed class ComponentTests
{
    /// <summary>What the names in components.json stand for.</summary>
    private static readonly Dictionary<string, string> s_normalizers = new()
    {
        ["Bert_cased"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}""",
        ["Bert_default"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""",
        ["Lowercase"] = """{"type":"Lowercase"}""",
        ["NFC"] = """{"type":"NFC"}""",
        ["NFD"] = """{"type":"NFD"}""",
        ["NFKC"] = """{"type":"NFKC"}""",
        ["NFKD"] = """{"type":"NFKD"}""",
        ["Nmt"] = """{"type":"Nmt"}""",
        ["Precompiled_nmt_nfkc"] = PrecompiledOfT5(),
        ["Prepend"] = """{"type":"Prepend","prepend":"\u2581"}""",
        ["Replace_regex"] = """{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}""",
        ["Strip"] = """{"type":"Strip","strip_left":true,"strip_right":true}""",
        ["StripAccents_after_NFD"] = """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""",
    };

    private static readonly Dictionary<string, string> s_preTokenizers = new()
    {
        ["BertPreTokenizer"] = """{"type":"BertPreTokenizer"}""",
        ["ByteLevel"] = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
        ["ByteLevel_prefix"] = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""",
        ["CharDelimiterSplit_-"] = """{"type":"CharDelimiterSplit","delimiter":"-"}""",
        ["Digits"] = """{"type":"Digits","individual_digits":false}""",
        ["Digits_individual"] = """{"type":"Digits","individual_digits":true}""",
        ["Metaspace_always"] = """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}""",
        ["Metaspace_never_nosplit"] = """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"never","split":false}""",
        ["Punctuation_contiguous"] = """{"type":"Punctuation","behavior":"Contiguous"}""",
        ["Punctuation_isolated"] = """{"type":"Punctuation","behavior":"Isolated"}""",
        ["Punctuation_merged_with_next"] = """{"type":"Punctuation","behavior":"MergedWithNext"}""",
        ["Punctuation_merged_with_previous"] = """{"type":"Punctuation","behavior":"MergedWithPrevious"}""",
        ["Punctuation_removed"] = """{"type":"Punctuation","behavior":"Removed"}""",
        ["Split_removed_invert"] = """{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true}""",
        ["UnicodeScripts"] = """{"type":"UnicodeScripts"}""",
        ["Whitespace"] = """{"type":"Whitespace"}""",
        ["WhitespaceSplit"] = """{"type":"WhitespaceSplit"}""",
    };

    private static JsonElement Components => GoldenFolder.ReadJson(Fixtures.PathOf("tokenizers", "components.json"));

    [Fact]
    public void Components_OfTheGoldens_AreAllChecked()
    {
        Assert.Equal(Components.GetProperty("normalizers").EnumerateObject().Select(p => p.Name).Order(), s_normalizers.Keys.Order());
        Assert.Equal(Components.GetProperty("pre_tokenizers").EnumerateObject().Select(p => p.Name).Order(), PreTokenizerNames().Select(row => row.Data).Order());
    }

    private static string PrecompiledOfT5() => GoldenFolder.ReadJson(Fixtures.PathOf("tokenizers", "t5", "tokenizer.json"))
        .GetProperty("normalizer").GetProperty("normalizers")[0].GetRawText();

    public static TheoryData<string> NormalizerNames() => [.. s_normalizers.Keys];

    public static TheoryData<string> PreTokenizerNames() =>
        [.. s_preTokenizers.Keys, .. Components.GetProperty("split_regex").EnumerateObject().Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(NormalizerNames))]
    public void Normalizer_EveryText_EqualsHuggingFace(string name)
    {
        INormalizer normalizer = Text.Loading.Components.Normalizers.Read(Parse(s_normalizers[name]));
        JsonElement expected = Components.GetProperty("normalizers").GetProperty(name);
        GoldenCheck check = new();
        for (int i = 0; i < expected.GetArrayLength(); i++)
        {
            NormalizedText text = new();
            text.Reset(GoldenFolder.Texts[i], 0);
            normalizer.Apply(text);
            check.Equal($"text {i}", expected[i].GetString(), text.Chars.ToString());
        }
        check.Done();
    }

    [Theory]
    [MemberData(nameof(PreTokenizerNames))]
    public void PreTokenizer_EveryText_EqualsHuggingFace(string name) =>
        CheckPreTokenizer(name, Parse(s_preTokenizers.TryGetValue(name, out string? json) ? json : SplitOf(name)));

    /// <summary>The same expressions in a form that no scanner by hand knows.</summary>
    [Theory]
    [InlineData("Split_llama3")]
    [InlineData("Split_qwen2")]
    public void PreTokenizer_RegexEngine_EqualsHuggingFace(string name) =>
        CheckPreTokenizer(name, Parse(SplitOf(name).Replace(@"|\\s+\u0022", @"|(?:\\s+)\u0022", StringComparison.Ordinal)
            .Replace(@"|\\s+""", @"|(?:\\s+)""", StringComparison.Ordinal)));

    private static string SplitOf(string name) => JsonSerializer.Serialize(new
    {
        type = "Split",
        pattern = new { Regex = Components.GetProperty("split_regex").GetProperty(name).GetString() },
        behavior = "Isolated",
        invert = false,
    });

    private static JsonPart Parse(string json) => new(JsonDocument.Parse(json).RootElement, "test");

    private static void CheckPreTokenizer(string name, JsonPart part)
    {
        IPreTokenizer preTokenizer = Text.Loading.Components.PreTokenizers.Read(part);
        GoldenCheck check = new();
        foreach (JsonElement row in Components.GetProperty("pre_tokenizers").GetProperty(name).EnumerateArray())
        {
            string text = GoldenFolder.Texts[row.GetProperty("text_index").GetInt32()];
            NormalizedText normalized = new();
            normalized.Reset(text, 0);
            PieceBuffer pieces = new(normalized);
            pieces.AddInitial(new Piece(0, text.Length));
            preTokenizer.Apply(pieces);
            check.Equal(
                text,
                row.GetProperty("pieces").EnumerateArray().Select(p => (p[0].GetString()!, p[1].GetInt32(), p[2].GetInt32()).ToString()),
                Enumerable.Range(0, pieces.Count).Select(i => Describe(pieces, pieces[i], text).ToString()));
        }
        check.Done();
    }

    private static (string, int, int) Describe(PieceBuffer pieces, Piece piece, string text) => (
        pieces.CharsOf(piece).ToString(),
        CountScalars(text, pieces.Text.OriginalStart(piece.Start)),
        CountScalars(text, pieces.Text.OriginalEnd(piece.Start + piece.Length - 1)));

    private static int CountScalars(string text, int end) => text[..end].EnumerateRunes().Count();
}
