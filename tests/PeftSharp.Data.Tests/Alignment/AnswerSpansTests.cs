using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Alignment;

public sealed class AnswerSpansTests
{
    // [CLS] who ? [SEP] Ada Love lace wrote it [SEP], over the context "Ada Lovelace wrote it".
    private static readonly CodePointSpan[] Offsets =
        [new(0, 0), new(0, 3), new(3, 4), new(0, 0), new(0, 3), new(4, 8), new(8, 12), new(13, 18), new(19, 21), new(0, 0)];

    private static readonly int[] Sequences = [-1, 0, 0, -1, 1, 1, 1, 1, 1, -1];

    [Theory]
    [InlineData(0, 12, 4, 6)]
    [InlineData(4, 12, 5, 6)]
    [InlineData(5, 7, 5, 5)] // inside a token
    [InlineData(19, 21, 8, 8)] // the last token of the context
    [InlineData(0, 21, 4, 8)]
    [InlineData(3, 8, 5, 5)] // from the space before a token
    [InlineData(12, 13, 0, 0)] // only a space
    [InlineData(5, 5, 0, 0)] // no answer
    [InlineData(19, 25, 0, 0)] // past the window
    public void ToTokens_Answer_GivesTheTokensItLiesOn(int start, int end, int first, int last) =>
        Assert.Equal(new ExampleLabel.Span(first, last), AnswerSpans.ToTokens(Offsets, Sequences, contextSequence: 1, new(start, end)));

    [Fact]
    public void ToTokens_AnswerBeforeTheWindow_IsNoAnswer() =>
        Assert.Equal(
            new ExampleLabel.Span(2, 2),
            AnswerSpans.ToTokens(Offsets.AsSpan(4), [-1, 1, 1, 1, 1, -1], 1, new(0, 8), noAnswerToken: 2));

    [Fact]
    public void ToTokens_CharacterOfSeveralTokens_TakesThemAll() =>
        // Byte-level tokenizers give every byte of a character its offsets.
        Assert.Equal(new ExampleLabel.Span(1, 3), AnswerSpans.ToTokens([new(0, 1), new(1, 2), new(1, 2), new(1, 2), new(2, 3)], [0, 0, 0, 0, 0], 0, new(1, 2)));

    [Fact]
    public void ToTokens_AnyWords_CoverTheAnswer() =>
        Gen.Select(Gen.Int[1, 5].Array[1, 12], Gen.Int[0, 11], Gen.Int[0, 11]).SampleSeeded((words, a, b) =>
        {
            int first = Math.Min(a, b) % words.Length, last = Math.Max(first, Math.Max(a, b) % words.Length), at = 0;
            CodePointSpan[] offsets = [.. words.Select(w => (at, at += w)).Select(p => new CodePointSpan(p.Item1, p.Item2))];
            ExampleLabel.Span span = AnswerSpans.ToTokens(offsets, new int[words.Length], 0, new(offsets[first].Start, offsets[last].End));
            Assert.Equal(new(first, last), span);
        });

    [Fact]
    public void Best_Logits_GivesTheLikeliestSpanInTheContext()
    {
        float[] start = [9, 9, 1, 0, 2, 0], end = [9, 9, 5, 4, 0, 9];
        int[] sequences = [-1, 0, 1, 1, 1, -1];
        Assert.Equal((new ExampleLabel.Span(2, 2), 6f), AnswerSpans.Best(start, end, sequences, 1));
        Assert.Equal((new ExampleLabel.Span(2, 2), 4f), AnswerSpans.Best([0, 0.5f, 0], [0, 3, 4], [0, 1, 1], 1, maxTokens: 1));
        Assert.Null(AnswerSpans.Best(start, end, sequences, 2));
        Assert.Throws<ArgumentException>(() => AnswerSpans.Best(start, end, [0], 1));
    }

    [Fact]
    public void Best_AnyLogits_IsTheHighestAllowedSum() =>
        Gen.Select(Gen.Float[-5, 5], Gen.Float[-5, 5], Gen.Int[0, 1]).Array[1, 15].Select(Gen.Int[1, 6]).SampleSeeded((tokens, most) =>
        {
            int[] sequences = [.. tokens.Select(t => t.Item3).Order()];
            var best = AnswerSpans.Best([.. tokens.Select(t => t.Item1)], [.. tokens.Select(t => t.Item2)], sequences, 1, most);
            var all = from i in Enumerable.Range(0, tokens.Length)
                      from j in Enumerable.Range(i, Math.Min(most, tokens.Length - i))
                      where sequences[i] == 1 && sequences[j] == 1
                      select tokens[i].Item1 + tokens[j].Item2;
            Assert.Equal(all.Any() ? all.Max() : null, best?.Score);
        });
}
