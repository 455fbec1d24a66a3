using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Alignment;

public sealed class WordLabelsTests
{
    [Fact]
    public void ToTokens_SubTokens_OnlyTheFirstHasTheLabel()
    {
        int[] words = [-1, 0, 0, 1, 2, 2, -1, -1];
        Assert.Equal([-100, 7, -100, 8, 9, -100, -100, -100], WordLabels.ToTokens(words, [7, 8, 9]));
        Assert.Equal([-100, 7, 7, 8, 9, 9, -100, -100], WordLabels.ToTokens(words, [7, 8, 9], allTokens: true));
    }

    [Fact]
    public void ToTokens_WordWithoutLabel_Throws() =>
        Assert.Contains("Token 1 is of word 2", Assert.Throws<ArgumentException>(() => WordLabels.ToTokens([-1, 2], [0, 1])).Message, StringComparison.Ordinal);

    [Fact]
    public void ToWords_TruncatedWords_AreIgnored()
    {
        Assert.Equal([5, 6, -100], WordLabels.ToWords([-1, 0, 0, 1, -1], [1, 5, 9, 6, 1], 3));
        Assert.Throws<ArgumentException>(() => WordLabels.ToWords([0, 1], [1], 2));
        Assert.Throws<ArgumentException>(() => WordLabels.ToWords([0, 2], [1, 1], 2));
    }

    [Fact]
    public void ToWords_OfToTokens_RoundTrips() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 20]).Array[0, 12].Select(Gen.Bool).SampleSeeded((words, all) =>
        {
            int[] labels = [.. words.Select(w => w.Item2)];
            int[] ids = [-1, .. words.SelectMany((w, i) => Enumerable.Repeat(i, w.Item1)), -1];
            int[] tokens = WordLabels.ToTokens(ids, labels, all);
            Assert.Equal(labels, WordLabels.ToWords(ids, tokens, labels.Length));
            Assert.Equal(all ? words.Sum(w => w.Item1) : words.Length, tokens.Count(t => t != Collator.IgnoredLabel));
        });
}
