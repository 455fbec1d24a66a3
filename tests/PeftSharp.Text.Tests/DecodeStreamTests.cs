using CsCheck;
using PeftSharp.Testing;
using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests;

public sealed class DecodeStreamTests
{
    [Theory]
    [InlineData("minilm")]
    [InlineData("smollm2")]
    public void Add_RandomIds_JoinToDecodeAndSplitNoCharacter(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", name));
        // Byte tokens are the first 256 of byte-level vocabularies, behind the added tokens.
        Gen<int> id = Gen.OneOf(Gen.Int[0, tokenizer.MaxTokenId + 3], Gen.Int[0, 300]);
        Gen.Select(id.Array[0, 20], Gen.Bool).SampleSeeded(
            (ids, skip) =>
            {
                DecodeStream stream = tokenizer.CreateDecodeStream(skip);
                string[] pieces = [.. ids.Select(stream.Add), stream.Flush()];
                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(pieces));
                // Half a character would be half a surrogate pair.
                Assert.All(pieces, piece => Assert.True(piece.Length == 0 || !(char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1]))));
            },
            iter: 3000, threads: 1);
    }

    [Fact]
    public void Add_CharacterOfFourTokens_ComesWhole()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", "gpt2"));
        int[] ids = tokenizer.Encode("\U0001F600").ToIdArray();
        Assert.True(ids.Length > 1);
        DecodeStream stream = tokenizer.CreateDecodeStream();
        Assert.All(ids[..^1], id => Assert.Equal("", stream.Add(id)));
        Assert.Equal("\U0001F600", stream.Add(ids[^1]));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Flush_IncompleteCharacter_IsAReplacementCharacter()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.PathOf("tokenizers", "gpt2"));
        DecodeStream stream = tokenizer.CreateDecodeStream();
        Assert.Equal("", stream.Add(tokenizer.Encode("\U0001F600").Ids[0]));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Add_WordPieces_AreJoinedAsWords()
    {
        DecodeStream stream = Parse(Json(decoder: """{"type":"WordPiece","prefix":"##","cleanup":true}""")).CreateDecodeStream();
        Assert.Equal(["a", " b", "b", " c"], new[] { 3, 4, 5, 7 }.Select(stream.Add));
    }
}
