using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests.Loading;

public sealed class TokenizerFileTests
{
    [Theory]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":""}""", "$.normalizer.precompiled_charsmap: the character map is cut off")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"!"}""", "bytes in base 64")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"(a"},"content":""}""", "$.normalizer.pattern.Regex: a group without end in the expression is not supported")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "expected one character, found \"ab\"")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","add_prefix_space":false,"prepend_scheme":"first"}""", "is not \"never\"")]
    [InlineData("pre_tokenizer", """{"type":"FixedLength","length":0}""", "must be at least 1")]
    [InlineData("model", """{"type":"Unigram","unk_id":2,"vocab":[["a",0]]}""", "$.model.unk_id: the vocabulary has only 1 tokens")]
    [InlineData("model", """{"type":"Unigram","vocab":[["a"]]}""", "$.model.vocab[0]: expected a list of a token and its score")]
    [InlineData("model", """{"type":"Unigram","vocab":[["a","x"]]}""", "$.model.vocab[0]: expected a number")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Magic"}]}""", "$.normalizer.normalizers[1]: normalizer \"Magic\"")]
    [InlineData("normalizer", """{"type":"NFC","strength":2}""", "unknown option \"strength\"")]
    [InlineData("normalizer", """{}""", "\"type\" is missing")]
    [InlineData("normalizer", """{"type":7}""", "$.normalizer.type: expected a string, found the number 7")]
    [InlineData("normalizer", """{"type":"BertNormalizer","clean_text":1,"handle_chinese_chars":true,"lowercase":true}""", "$.normalizer.clean_text: expected true or false")]
    [InlineData("pre_tokenizer", """{"type":"Metaspaces"}""", "pre-tokenizer \"Metaspaces\" is not supported")]
    [InlineData("pre_tokenizer", """{"type":"Punctuation","behavior":"Sideways"}""", "unknown value \"Sideways\"; known: Removed, Isolated")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated","invert":false}""", "$.pre_tokenizer.pattern.Regex: a group without end")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\Ga"},"behavior":"Isolated","invert":false}""", "\"\\G\"")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\p{Klingon}"},"behavior":"Isolated","invert":false}""", "not supported")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":""},"behavior":"Isolated","invert":false}""", "the pattern is empty")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}""", "\"[X]\" is not among \"special_tokens\"")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}""", "uses sequence \"B\"")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}""", "does not use sequence \"B\"")]
    [InlineData("post_processor", """{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",77]}""", "adds the token id 77")]
    [InlineData("post_processor", """{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]"]}""", "a list of a token and its id")]
    [InlineData("decoder", """{"type":"CTC"}""", "$.decoder: \"pad_token\" is missing")]
    [InlineData("decoder", """{"type":"Magic"}""", "decoder \"Magic\" is not supported")]
    [InlineData("truncation", """{"max_length":-1,"strategy":"LongestFirst","stride":0}""", "$.truncation.max_length")]
    [InlineData("truncation", """{"max_length":4,"strategy":"Shortest","stride":0}""", "unknown value \"Shortest\"")]
    [InlineData("padding", """{"strategy":"Longest","direction":"Right","pad_id":0,"pad_type_id":0,"pad_token":"x"}""", "$.padding.strategy")]
    [InlineData("model", """{"type":"Unigram2"}""", "model \"Unigram2\" is not supported")]
    [InlineData("model", """{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##","max_input_chars_per_word":1,"vocab":{"a":0}}""", "\"?\" is not in the vocabulary")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a b"]}""", "$.model.merges[0]: the merge needs the token \"b\"")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}""", "the merge needs the token \"ab\"")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a b c"]}""", "two tokens with one space between")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}""", "a list of two tokens")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":1.5}""", "$.model.dropout: expected a number from 0 to 1")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":-1},"merges":[]}""", "$.model.vocab[\"a\"]: expected a token id, found the number -1")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":4294967296},"merges":[]}""", "expected a token id")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":1.5},"merges":[]}""", "expected a token id")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}""", "tokens \"a\" and \"b\" have the same id 0")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}""", "not valid JSON")]
    [InlineData("model", """{"type":"BPE","vocab":{"\ud800":0},"merges":[]}""", "not valid JSON")]
    public void Read_UnsoundComponent_SaysWhatAndWhere(string part, string json, string expected)
    {
        string file = part switch
        {
            "normalizer" => Json(normalizer: json),
            "pre_tokenizer" => Json(preTokenizer: json),
            "post_processor" => Json(postProcessor: json),
            "decoder" => Json(decoder: json),
            "truncation" => Json(truncation: json),
            "padding" => Json(padding: json),
            _ => Json(model: json, postProcessor: "null"),
        };
        string message = ErrorOf(file);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.StartsWith("small.json: ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("null", "expected an object, found null")]
    [InlineData("[]", "expected an object, found a list")]
    [InlineData("{}", "\"model\" is missing")]
    [InlineData("""{"version":"2.0"}""", "version \"2.0\" is not supported")]
    [InlineData("""{"version":"1.0","model":null}""", "\"model\" is missing")]
    [InlineData("""{"post_normalizer":null}""", "unknown option \"post_normalizer\"")]
    public void Read_UnsoundFile_SaysWhat(string json, string expected) =>
        Assert.Contains(expected, ErrorOf(json), StringComparison.Ordinal);

    [Fact]
    public void Read_ThousandLevels_IsAnErrorAndNoCrash() =>
        Assert.Contains("depth", ErrorOf(Json(normalizer: new string('[', 100_000) + new string(']', 100_000))), StringComparison.Ordinal);

    [Theory]
    [InlineData(3, "x", "", "the id 3 of \"x\" belongs to \"a\"")]
    [InlineData(9, "a", "", "\"a\" has the id 9 here and 3")]
    [InlineData(8, "", "", "has no content")]
    public void Read_AddedTokenAgainstVocabulary_SaysWhat(int id, string content, string flags, string expected) =>
        Assert.Contains(expected, ErrorOf(Json(added: $"[{Added(id, content, flags)}]")), StringComparison.Ordinal);

    [Theory]
    [InlineData(8, "x", 8, "y", "the id 8 is given twice")]
    [InlineData(8, "x", 9, "x", "\"x\" is given twice")]
    public void Read_AddedTokensThatRepeat_SaysWhat(int id, string content, int otherId, string other, string expected)
    {
        string message = ErrorOf(Json(added: $"[{Added(id, content)},{Added(otherId, other)}]"));
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("$.added_tokens[1]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SparseIds_AreKept()
    {
        Tokenizer tokenizer = Parse(Json(model: """{"type":"BPE","vocab":{"a":5,"b":2000000000},"merges":[]}""", postProcessor: "null"));
        Assert.Equal([2_000_000_000, 5], tokenizer.Encode("ba").ToIdArray());
        Assert.Equal((2, 2_000_000_000), (tokenizer.VocabularySize, tokenizer.MaxTokenId));
    }

    [Fact]
    public void Read_ByteOrderMark_IsIgnored() =>
        Assert.Equal(8, Tokenizer.Parse([0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(Json())]).VocabularySize);
}
