namespace PeftSharp.Text.Tests;

/// <summary>Tokenizers of a few tokens, written out.</summary>
internal static class SmallTokenizer
{
    public const string WordPieceModel =
        """{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"##b":5,"ab":6,"c":7}}""";

    public const string Template =
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}}""";

    public static string Json(
        string model = WordPieceModel,
        string added = "[]",
        string normalizer = "null",
        string preTokenizer = """{"type":"WhitespaceSplit"}""",
        string postProcessor = Template,
        string decoder = "null",
        string truncation = "null",
        string padding = "null") =>
        $$"""
        {"version":"1.0","truncation":{{truncation}},"padding":{{padding}},"added_tokens":{{added}},"normalizer":{{normalizer}},
         "pre_tokenizer":{{preTokenizer}},"post_processor":{{postProcessor}},"decoder":{{decoder}},"model":{{model}}}
        """;

    public static string Added(int id, string content, string flags = "") =>
        $$"""{"id":{{id}},"content":"{{content}}","single_word":{{Has(flags, "single")}},"lstrip":{{Has(flags, "left")}},"rstrip":{{Has(flags, "right")}},"normalized":{{Has(flags, "normalized")}},"special":{{Has(flags, "special")}}}""";

    public static Tokenizer Parse(string json) => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "small.json");

    public static string ErrorOf(string json) =>
        Assert.Throws<InvalidDataException>(() => Parse(json)).Message;

    private static string Has(string flags, string flag) => flags.Contains(flag, StringComparison.Ordinal) ? "true" : "false";
}
