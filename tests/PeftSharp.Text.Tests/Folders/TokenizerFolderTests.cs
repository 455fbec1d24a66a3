using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Tests.Folders;

public sealed class TokenizerFolderTests
{
    private static readonly (string, float, PieceKind)[] s_llama =
    [
        ("<unk>", 0, PieceKind.Unknown), ("<s>", 0, PieceKind.Control), ("</s>", 0, PieceKind.Control), ("<0xC3>", 0, PieceKind.Byte),
        ("<0xA9>", 0, PieceKind.Byte), ("\u2581a", -1, PieceKind.Normal), ("ab", -2, PieceKind.Normal), ("\u2581", -3, PieceKind.Normal),
        ("a", -4, PieceKind.Normal), ("b", -5, PieceKind.Normal), ("<sys>", 0, PieceKind.UserDefined),
    ];

    private static readonly (string, float, PieceKind)[] s_unigram =
    [
        ("<unk>", 0, PieceKind.Unknown), ("<s>", 0, PieceKind.Control), ("</s>", 0, PieceKind.Control), ("\u2581", -3, PieceKind.Normal),
        ("a", -4, PieceKind.Normal), ("b", -5, PieceKind.Normal), ("ab", -6, PieceKind.Normal), ("\u2581ab", -7, PieceKind.Normal),
    ];

    [Fact]
    public void Load_Bpe_MergesByScoreAndFallsBackToBytes()
    {
        using TemporaryFolder folder = new TemporaryFolder().With("tokenizer.model", ModelFile.Of(2, 0, true, s_llama))
            .With("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizerFast","legacy":false}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        // The pair of the higher score first: a mark and a, not a and b.
        Assert.Equal([1, 5, 9], tokenizer.Encode("ab").ToIdArray());
        Assert.Equal([1, 7, 3, 4, 6, 10, 6], tokenizer.Encode("\u00e9ab<sys>ab").ToIdArray());
        Assert.Equal("\u00e9ab<sys>ab", tokenizer.Decode([7, 3, 4, 6, 10, 6]));
        Assert.True(tokenizer.IsSpecialToken(1));
        Assert.False(tokenizer.IsSpecialToken(10));
    }

    [Fact]
    public void Load_Legacy_MarksTheBeginningOfEveryStretch()
    {
        using TemporaryFolder folder = new TemporaryFolder().With("tokenizer.model", ModelFile.Of(2, 0, true, s_llama))
            .With("config.json", """{"model_type":"llama"}""");
        Assert.Equal([1, 5, 9, 10, 5, 9], Tokenizer.Load(folder.Path).Encode("ab<sys>ab").ToIdArray());
    }

    /// <summary>fairseq's four tokens in front move every piece up by one; then 25 languages and the mask.</summary>
    [Fact]
    public void Load_MBart_HasFairseqsIdsAndLanguages()
    {
        using TemporaryFolder folder = new TemporaryFolder().With("sentencepiece.bpe.model", ModelFile.Of(1, 0, false, s_unigram))
            .With("tokenizer_config.json", """{"tokenizer_class":"MBartTokenizer","src_lang":"cs_CZ"}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([8, 2, 10], tokenizer.Encode("ab").ToIdArray());
        Assert.Equal((9, 33, 34), (tokenizer.TokenToId("ar_AR"), tokenizer.TokenToId("zh_CN"), tokenizer.TokenToId("<mask>")));
        // The mask takes the space before it.
        Assert.Equal([8, 34, 2, 10], tokenizer.Encode("ab <mask>").ToIdArray());
        Assert.Equal([8, 3, 2, 10], tokenizer.Encode("abxy").ToIdArray());
    }

    [Fact]
    public void Load_XlmRoberta_FramesPairsWithTwoEnds()
    {
        using TemporaryFolder folder = new TemporaryFolder().With("sentencepiece.bpe.model", ModelFile.Of(1, 0, false, s_unigram))
            .With("config.json", """{"model_type":"xlm-roberta"}""");
        Encoding pair = Tokenizer.Load(folder.Path).Encode("ab", "b");
        Assert.Equal([0, 8, 2, 2, 4, 6, 2], pair.ToIdArray());
        Assert.Equal(new int[7], pair.TypeIds.ToArray());
        Assert.Equal(9, Tokenizer.Load(folder.Path).TokenToId("<mask>"));
    }

    /// <summary>Sentinels count down to the end of the vocabulary.</summary>
    [Theory]
    [InlineData("""{"tokenizer_class":"T5Tokenizer"}""", 107, 8)]
    [InlineData("""{"tokenizer_class":"T5Tokenizer","extra_ids":2}""", 9, null)]
    [InlineData("""{"tokenizer_class":"T5Tokenizer","extra_ids":0}""", null, null)]
    public void Load_T5_HasSentinelsBehindThePieces(string config, int? first, int? last)
    {
        using TemporaryFolder folder = new TemporaryFolder().With("spiece.model", ModelFile.Of(1, 0, false, s_unigram))
            .With("tokenizer_config.json", config).With("special_tokens_map.json", """{"pad_token":"<s>"}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal((first, last), (tokenizer.TokenToId("<extra_id_0>"), tokenizer.TokenToId("<extra_id_99>")));
        Assert.Equal([7, 3, 5, 2], tokenizer.Encode(" ab  b").ToIdArray());
    }

    /// <summary>Commas behind numbers score a hundred lower, so that they stand alone.</summary>
    [Fact]
    public void Load_Albert_LowersAndCutsCommasOff()
    {
        using TemporaryFolder folder = new TemporaryFolder().With("spiece.model", ModelFile.Of(1, 0, false,
            ("<unk>", 0, PieceKind.Unknown), ("[CLS]", 0, PieceKind.Control), ("[SEP]", 0, PieceKind.Control), ("<pad>", 0, PieceKind.Control),
            ("\u2581e1,", -1, PieceKind.Normal), ("\u2581e1", -2, PieceKind.Normal), (",", -3, PieceKind.Normal), ("[MASK]", 0, PieceKind.Control)))
            .With("tokenizer_config.json", """{"tokenizer_class":"AlbertTokenizer"}""");
        Assert.Equal([1, 5, 6, 2], Tokenizer.Load(folder.Path).Encode("\u00c91,").ToIdArray());
    }

    [Fact]
    public void Load_AddedTokensJson_GivesIds()
    {
        using TemporaryFolder folder = Gpt2("""{"a":0,"b":1,"ab":2,"<|endoftext|>":3}""", "#version: 0.2\na b\n")
            .With("added_tokens.json", """{"<new>":7,"<pad>":5}""").With("special_tokens_map.json", """{"pad_token":"<pad>"}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([2, 7, 5, 3], tokenizer.Encode("ab<new><pad><|endoftext|>").ToIdArray());
        Assert.Equal((false, true, true), (tokenizer.IsSpecialToken(7), tokenizer.IsSpecialToken(5), tokenizer.IsSpecialToken(3)));
    }

    [Fact]
    public void Load_SpecialTokensMapBesideAnOldConfig_ComesFirst()
    {
        using TemporaryFolder folder = Gpt2("""{"a":0,"<e>":1,"<f>":2}""", "")
            .With("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","eos_token":"<e>","unk_token":"<e>","bos_token":"<e>"}""")
            .With("special_tokens_map.json", """{"eos_token":"<f>"}""");
        Assert.Equal("<f>", TokenizerSettings.Load(folder.Path).EosToken);
        Assert.True(Tokenizer.Load(folder.Path).IsSpecialToken(2));
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"XLNetTokenizer"}""", "the tokenizer of \"XLNet\" cannot be made from other files")]
    [InlineData("{}", "no tokenizer_config.json or config.json says")]
    [InlineData("""{"tokenizer_class":"BertTokenizer"}""", "needs tokenizer.json or vocab.txt")]
    [InlineData("""{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"x":{"content":"y"}}}""", "\"x\" is no token id")]
    [InlineData("""{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"0":{"content":"y"}}}""", "the id 0 of the added token \"y\" belongs to \"a\"")]
    [InlineData("""{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"2147483647":{"content":"y"}}}""", "is too large")]
    [InlineData("""{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":{"9":{"content":""}}}""", "the token is empty")]
    [InlineData("""{"tokenizer_class":"GPT2Tokenizer","added_tokens_decoder":[]}""", "expected an object")]
    public void Load_UnsoundFolder_SaysWhatAndWhere(string config, string expected)
    {
        using TemporaryFolder folder = Gpt2("""{"a":0}""", "").With("tokenizer_config.json", config);
        string message = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.StartsWith(folder.Path, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "merges.txt: line 1: expected two tokens")]
    [InlineData("#version: 0.2\na c", "merges.txt: line 2: the merge needs the token \"c\"")]
    public void Load_UnsoundMerges_SaysWhichLine(string merges, string expected)
    {
        using TemporaryFolder folder = Gpt2("""{"a":0,"b":1}""", merges);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderWithoutAnything_SaysThatThereIsNoFile()
    {
        using TemporaryFolder folder = new();
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.Path));
        Assert.False(Tokenizer.IsIn(folder.Path));
    }

    private static TemporaryFolder Gpt2(string vocabulary, string merges) => new TemporaryFolder().With("vocab.json", vocabulary)
        .With("merges.txt", merges.Length > 0 ? merges : "\n").With("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer"}""");
}
