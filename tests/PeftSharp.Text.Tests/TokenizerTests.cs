using PeftSharp.Testing;

namespace PeftSharp.Text.Tests;

public sealed class TokenizerTests
{
    private static readonly string s_miniLm = Fixtures.Asset("models", "all-MiniLM-L6-v2");

    [Fact]
    public void Load_FolderFileStreamAndBytes_GiveTheSameTokenizer()
    {
        string file = Path.Combine(s_miniLm, "tokenizer.json");
        byte[] bytes = File.ReadAllBytes(file);
        using MemoryStream stream = new(bytes);
        foreach (Tokenizer tokenizer in (Tokenizer[])[Tokenizer.Load(s_miniLm), Tokenizer.Load(file), Tokenizer.Parse(bytes), Tokenizer.Parse(stream)])
        {
            Assert.Equal([101, 7592, 2088, 102], tokenizer.Encode("Hello world").ToIdArray());
            Assert.Equal(30522, tokenizer.VocabularySize);
            Assert.Equal(30521, tokenizer.MaxTokenId);
        }
    }

    [Fact]
    public void Load_StoredTruncationAndPadding_AreShownAndNotApplied()
    {
        Tokenizer tokenizer = Tokenizer.Load(s_miniLm);
        Assert.Equal(new TruncationOptions(128), tokenizer.StoredTruncation);
        Assert.Equal(new PaddingOptions { PadId = 0, Length = 128 }, tokenizer.StoredPadding);
        Assert.Equal(302, tokenizer.Encode(string.Join(' ', Enumerable.Repeat("a", 300))).Length);
        Encoding padded = tokenizer.EncodeBatch(["a"], true, tokenizer.StoredTruncation, tokenizer.StoredPadding)[0];
        Assert.Equal(128, padded.Length);
        Assert.Equal("[PAD]", padded.Tokens[127]);
    }

    [Fact]
    public void Load_RealSmolLm2_EncodesAndDecodes()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        Tokenizer tokenizer = Tokenizer.Load(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"));
        const string Text = "<|im_start|>user\nHello, \U0001F600 world!<|im_end|>";
        int[] ids = tokenizer.Encode(Text).ToIdArray();
        Assert.Equal(1, ids[0]);
        Assert.Equal(2, ids[^1]);
        Assert.Equal(Text, tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal("user\nHello, \U0001F600 world!", tokenizer.Decode(ids));
        Assert.True(tokenizer.IsSpecialToken(1));
    }

    [Fact]
    public void Load_MissingFile_SaysWhich()
    {
        string missing = Path.Combine(Path.GetTempPath(), "no such tokenizer");
        Assert.Contains(missing, Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(missing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ManyThreads_GiveWhatOneThreadGives()
    {
        Tokenizer shared = Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));
        string[] texts = [.. Enumerable.Range(0, 4000).Select(i => $"thread {i % 97} says word{i} and naïve \U0001F600 {i * 31 % 1009}")];
        Tokenizer alone = Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));
        int[][] expected = [.. texts.Select(t => alone.Encode(t).ToIdArray())];
        IReadOnlyList<Encoding> batch = shared.EncodeBatch(texts);
        for (int i = 0; i < texts.Length; i++)
            Assert.Equal(expected[i], batch[i].ToIdArray());
    }

    [Fact]
    public void Encode_LoneSurrogate_CountsAsReplacementCharacter()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD").ToIdArray(), tokenizer.Encode("a\uD800b\uDC00").ToIdArray());
        Assert.Equal("a\uFFFDb\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b\uDC00").Ids));
    }

    [Fact]
    public void Encode_OneWordOfAMegabyte_TakesNoQuadraticTime()
    {
        // Quadratic time would be hours.
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));
        string word = string.Create(1_000_000, 0, static (chars, _) =>
        {
            for (int i = 0; i < chars.Length; i++)
                chars[i] = (char)('a' + (i * 7919 % 104_729 % 26));
        });
        Encoding encoding = tokenizer.Encode(word);
        Assert.Equal(word, tokenizer.Decode(encoding.Ids));
        Assert.Equal(new TokenOffset(999_999, 1_000_000).End, encoding.Offsets[^1].End);
    }

    [Fact]
    public void Encode_ShortText_AllocatesOnlyItsResult()
    {
        Tokenizer tokenizer = Tokenizer.Load(s_miniLm);
        string text = string.Join(' ', Enumerable.Repeat("the quick brown fox, said Émile.", 200));
        // The buffers take turns, so that it takes more than one round until all have grown.
        for (int i = 0; i < 4; i++)
            tokenizer.Encode(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Encoding encoding = tokenizer.Encode(text);
        long perToken = (GC.GetAllocatedBytesForCurrentThread() - before) / encoding.Length;
        Assert.True(perToken <= 20, $"{perToken} bytes a token: 16 are the result");
    }

    [Fact]
    public void Encode_Null_Throws()
    {
        Tokenizer tokenizer = SmallTokenizer.Parse(SmallTokenizer.Json());
        Assert.Throws<ArgumentNullException>(() => tokenizer.Encode(null!));
        Assert.Throws<ArgumentNullException>(() => tokenizer.EncodeBatch((string[])["a", null!]));
    }

    [Fact]
    public void EncodeWords_PairOfLists_KeepsWordsApart()
    {
        Encoding encoding = SmallTokenizer.Parse(SmallTokenizer.Json()).EncodeWords(["ab", "bb"], ["c"]);
        Assert.Equal([1, 6, 4, 5, 2, 7, 2], encoding.ToIdArray());
        Assert.Equal([-1, 0, 1, 1, -1, 0, -1], encoding.WordIds.ToArray());
        Assert.Equal([-1, 0, 0, 0, -1, 1, -1], encoding.SequenceIds.ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 1, 1], encoding.TypeIds.ToArray());
        Assert.Equal(["[CLS]", "ab", "b", "##b", "[SEP]", "c", "[SEP]"], encoding.Tokens);
    }

    [Fact]
    public void Encode_NoPostProcessor_PairHasTypesZeroAndOne()
    {
        Encoding encoding = SmallTokenizer.Parse(SmallTokenizer.Json(postProcessor: "null")).Encode("a", "b");
        Assert.Equal([3, 4], encoding.ToIdArray());
        Assert.Equal([0, 1], encoding.TypeIds.ToArray());
        Assert.Equal([0, 1], encoding.SequenceIds.ToArray());
    }

    [Fact]
    public void Encode_PairOverflow_CombinesEveryPieceOfOneWithEveryPieceOfTheOther()
    {
        Tokenizer tokenizer = SmallTokenizer.Parse(SmallTokenizer.Json());
        Encoding encoding = tokenizer.Encode("a b c", "c b a", true, new TruncationOptions(7) { KeepOverflow = true });
        Assert.Equal([1, 3, 4, 2, 7, 4, 2], encoding.ToIdArray());
        Assert.Equal(
            [[1, 7, 2, 7, 4, 2], [1, 7, 2, 3, 2], [1, 3, 4, 2, 3, 2]],
            encoding.Overflowing.Select(o => o.ToIdArray()));
    }

    [Fact]
    public void Encode_NoRoomForSpecialTokens_Throws() => Assert.Contains(
        "2 special tokens",
        Assert.Throws<ArgumentException>(() =>
            SmallTokenizer.Parse(SmallTokenizer.Json()).Encode("a", true, new TruncationOptions(1))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Encode_StrideAsLongAsAPiece_Throws() => Assert.Contains(
        "stride of 2",
        Assert.Throws<ArgumentException>(() =>
            SmallTokenizer.Parse(SmallTokenizer.Json()).Encode("a b c a", true, new TruncationOptions(4) { Stride = 2 })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Decode_UnknownIds_AreLeftOut() =>
        Assert.Equal("a b", SmallTokenizer.Parse(SmallTokenizer.Json()).Decode([3, -1, 99, int.MaxValue, 4]));

    [Fact]
    public void TokenToId_AndBack_KnowModelAndAddedTokens()
    {
        Tokenizer tokenizer = SmallTokenizer.Parse(SmallTokenizer.Json(added: $"[{SmallTokenizer.Added(90, "<x>", "special")}]"));
        Assert.Equal((3, 90, (int?)null), (tokenizer.TokenToId("a")!.Value, tokenizer.TokenToId("<x>")!.Value, tokenizer.TokenToId("y")));
        Assert.Equal(("a", "<x>", null), (tokenizer.IdToToken(3), tokenizer.IdToToken(90), tokenizer.IdToToken(91)));
        Assert.Equal((9, 90), (tokenizer.VocabularySize, tokenizer.MaxTokenId));
        Assert.Equal("<x>", Assert.Single(tokenizer.AddedTokens).Content);
    }
}
