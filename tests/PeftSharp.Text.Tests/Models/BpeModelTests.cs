using CsCheck;
using PeftSharp.Testing;
using static PeftSharp.Text.Tests.SmallTokenizer;

namespace PeftSharp.Text.Tests.Models;

public sealed class BpeModelTests
{
    /// <summary>Merges over the letters a to d, drawn at random; each makes a token that later ones may use.</summary>
    private static readonly Gen<(string, string)[]> s_merges =
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000]).Array[1, 25].Select(picks =>
        {
            List<string> tokens = ["a", "b", "c", "d"];
            List<(string, string)> merges = [];
            foreach ((int left, int right) in picks)
            {
                (string, string) merge = (tokens[left % tokens.Count], tokens[right % tokens.Count]);
                if (merges.Contains(merge))
                    continue;
                merges.Add(merge);
                if (!tokens.Contains(merge.Item1 + merge.Item2))
                    tokens.Add(merge.Item1 + merge.Item2);
            }
            return merges.ToArray();
        });

    private static readonly Gen<string> s_word = Gen.Char["abcd"].Array[1, 60].Select(c => new string(c));

    [Fact]
    public void Encode_RandomMerges_EqualsTheDefinition() => Gen.Select(s_merges, s_word).SampleSeeded(
        (merges, word) =>
        {
            Tokenizer tokenizer = Build(merges);
            string[] expected = Naive(merges, word);
            // Twice: the second time from the cache.
            return tokenizer.Encode(word).Tokens.SequenceEqual(expected) && tokenizer.Encode(word).Tokens.SequenceEqual(expected);
        },
        iter: 3000, threads: 1);

    [Fact]
    public void Encode_MergesAsStrings_EqualMergesAsPairs()
    {
        const string Head = """{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":""";
        Assert.Equal([2, 0], Parse(Json(Head + """["a b"]}""", postProcessor: "null")).Encode("aba").ToIdArray());
        Assert.Equal([2, 0], Parse(Json(Head + """[["a","b"]]}""", postProcessor: "null")).Encode("aba").ToIdArray());
    }

    [Theory]
    [InlineData(false, new[] { 0, 9, 9, 9, 1 })]
    [InlineData(true, new[] { 0, 9, 1 })]
    public void Encode_UnknownCharacters_AreFusedIfAsked(bool fuse, int[] expected)
    {
        string model = $$"""{"type":"BPE","unk_token":"?","fuse_unk":{{(fuse ? "true" : "false")}},"vocab":{"a":0,"b":1,"?":9},"merges":[]}""";
        Encoding encoding = Parse(Json(model, postProcessor: "null")).Encode("ax\U0001F600yb");
        Assert.Equal(expected, encoding.ToIdArray());
        Assert.Equal(new TokenOffset(4, 5), encoding.Offsets[^1]);
        Assert.Equal(fuse ? new TokenOffset(1, 4) : new TokenOffset(1, 2), encoding.Offsets[1]);
    }

    [Fact]
    public void Encode_NoUnknownToken_LeavesUnknownCharactersOut()
    {
        Encoding encoding = Parse(Json("""{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}""", postProcessor: "null")).Encode("axb");
        Assert.Equal([0, 1], encoding.ToIdArray());
        // Hugging Face's library counts on without a gap.
        Assert.Equal(new TokenOffset(1, 2), encoding.Offsets[1]);
    }

    [Fact]
    public void Encode_ByteFallback_SpellsACharacterInBytesIfAllAreThere()
    {
        const string Model = """{"type":"BPE","unk_token":"?","byte_fallback":true,"vocab":{"a":0,"?":1,"<0xC3>":2,"<0xA9>":3},"merges":[]}""";
        Encoding encoding = Parse(Json(Model, postProcessor: "null")).Encode("aéè");
        Assert.Equal([0, 2, 3, 1], encoding.ToIdArray());
        Assert.Equal([new(0, 1), new(1, 2), new(1, 2), new(2, 3)], encoding.Offsets.ToArray());
    }

    [Fact]
    public void Encode_PrefixAndSuffix_MarkTheInsideAndTheEndOfAWord()
    {
        const string Model = """{"type":"BPE","continuing_subword_prefix":"##","end_of_word_suffix":"</w>","vocab":{"a":0,"##b":1,"##c</w>":2,"ab":3,"abc</w>":4},"merges":["a ##b","ab ##c</w>"]}""";
        Assert.Equal([4], Parse(Json(Model, postProcessor: "null")).Encode("abc").ToIdArray());
        Assert.Equal([3, 1, 2], Parse(Json(Model, postProcessor: "null")).Encode("abbc").ToIdArray());
    }

    [Theory]
    [InlineData(false, new[] { 0, 1 })]
    [InlineData(true, new[] { 2 })]
    public void Encode_IgnoreMerges_TakesAWholeWordOfTheVocabulary(bool ignore, int[] expected)
    {
        string model = $$"""{"type":"BPE","ignore_merges":{{(ignore ? "true" : "false")}},"vocab":{"a":0,"b":1,"ab":2},"merges":[]}""";
        Assert.Equal(expected, Parse(Json(model, postProcessor: "null")).Encode("ab").ToIdArray());
    }

    private static Tokenizer Build((string, string)[] merges)
    {
        string[] tokens = [.. new[] { "a", "b", "c", "d" }.Concat(merges.Select(m => m.Item1 + m.Item2)).Distinct()];
        string vocabulary = string.Join(',', tokens.Select((t, i) => $"\"{t}\":{i}"));
        string list = string.Join(',', merges.Select(m => $"\"{m.Item1} {m.Item2}\""));
        return Parse(Json($$"""{"type":"BPE","vocab":{{{vocabulary}}},"merges":[{{list}}]}""", postProcessor: "null"));
    }

    /// <summary>Again and again the leftmost pair of the lowest rank.</summary>
    private static string[] Naive((string, string)[] merges, string word)
    {
        List<string> symbols = [.. word.Select(c => c.ToString())];
        while (true)
        {
            int best = -1, bestRank = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                int rank = Array.IndexOf(merges, (symbols[i], symbols[i + 1]));
                if (rank >= 0 && rank < bestRank)
                    (best, bestRank) = (i, rank);
            }
            if (best < 0)
                return [.. symbols];
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }
}
