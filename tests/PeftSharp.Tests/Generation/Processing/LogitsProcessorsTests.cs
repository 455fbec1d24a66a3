using PeftSharp.Generation;
using PeftSharp.Generation.Processing;
using Xunit;

namespace PeftSharp.Tests.Generation.Processing;

/// <summary>Each processor by itself; the values follow from the definitions in transformers.</summary>
public sealed class LogitsProcessorsTests
{
    private const float No = float.NegativeInfinity;
    private static readonly float[] _scores = [1, -2, 3, -4, 5];

    /// <summary>Options, the text, how many of it are the prompt, and the scores that come out of 1, −2, 3, −4, 5.</summary>
    public static TheoryData<GenerationOptions, int[], int, float[]> Cases => new()
    {
        { new(), [0, 1], 1, [1, -2, 3, -4, 5] },
        { new() { MinLength = 3, EosTokenIds = [2, 99] }, [0, 1], 2, [1, -2, No, -4, 5] },
        { new() { MinLength = 3, EosTokenIds = [2] }, [0, 1, 1], 2, [1, -2, 3, -4, 5] },
        { new() { MinNewTokens = 2, EosTokenIds = [2, 4] }, [0, 1, 1], 2, [1, -2, No, -4, No] },
        { new() { MinNewTokens = 2, EosTokenIds = [2] }, [0, 1, 1, 1], 2, [1, -2, 3, -4, 5] },
        { new() { RepetitionPenalty = 2 }, [2, 1, 2], 1, [1, -4, 1.5f, -4, 5] },
        { new() { EncoderRepetitionPenalty = 2 }, [2, 1, 0], 2, [1, -1, 6, -4, 5] },
        { new() { NoRepeatNgramSize = 1 }, [2, 1], 1, [1, No, No, -4, 5] },
        { new() { NoRepeatNgramSize = 2 }, [3, 4, 2, 3, 0, 3], 1, [No, -2, 3, -4, No] },
        { new() { NoRepeatNgramSize = 3 }, [3, 4], 1, [1, -2, 3, -4, 5] },
        { new() { EncoderNoRepeatNgramSize = 2 }, [3, 4, 3, 0, 3], 2, [1, -2, 3, -4, No] },
        { new() { BadWordsIds = [[0], [3, 1], [2, 2]], EosTokenIds = [] }, [0, 3], 1, [No, No, 3, -4, 5] },
        { new() { BadWordsIds = [[0], [2]], EosTokenIds = [2] }, [0, 3], 1, [No, -2, 3, -4, 5] },
        { new() { SequenceBias = [new([4], -2), new([0, 3, 4], 10), new([1, 4], 7)] }, [0, 3], 1, [1, -2, 3, -4, 13] },
        { new() { ForcedBosTokenId = 3 }, [0], 1, [No, No, No, 0, No] },
        { new() { ForcedBosTokenId = 3 }, [0, 1], 2, [1, -2, 3, -4, 5] },
        { new() { MaxNewTokens = 2, ForcedEosTokenIds = [1, 2] }, [0, 3], 1, [No, 0, 0, No, No] },
        { new() { MaxNewTokens = 3, ForcedEosTokenIds = [1] }, [0, 3], 1, [1, -2, 3, -4, 5] },
        { new() { ExponentialDecayLengthPenalty = new(1, 2), EosTokenIds = [1, 2] }, [0, 3, 3, 3], 1, [1, 4, 12, -4, 5] },
        { new() { ExponentialDecayLengthPenalty = new(3, 2), EosTokenIds = [1] }, [0, 3, 3, 3], 1, [1, -2, 3, -4, 5] },
        { new() { SuppressTokens = [0, 4, 99] }, [0, 3], 1, [No, -2, 3, -4, No] },
        { new() { BeginSuppressTokens = [0] }, [0, 3], 2, [No, -2, 3, -4, 5] },
        { new() { BeginSuppressTokens = [0] }, [0, 3], 1, [1, -2, 3, -4, 5] },
        { new() { BeginSuppressTokens = [0], ForcedBosTokenId = 3 }, [0, 3], 1, [No, -2, 3, -4, 5] },
        // In transformers' order: the bias comes before the penalty, what is forced before what is suppressed.
        { new() { SequenceBias = [new([1], 4)], RepetitionPenalty = 2 }, [1, 1], 1, [1, 1, 3, -4, 5] },
        { new() { MaxNewTokens = 1, ForcedEosTokenIds = [1, 2], SuppressTokens = [2] }, [0], 1, [No, 0, No, No, No] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Process_OneOption_ChangesTheScores(GenerationOptions options, int[] text, int prompt, float[] expected)
    {
        float[] scores = [.. _scores];
        LogitsProcessors.Of(options, scores.Length).Process(new GrowingText(text, new(text[..prompt].ToArray()), options.MaxNewTokens), scores);
        Assert.Equal(expected, scores);
    }

    [Fact]
    public void Process_RemoveInvalidValues_LeavesFiniteNumbers()
    {
        float[] scores = [float.NaN, float.PositiveInfinity, No, 2];
        LogitsProcessors.Of(new() { RemoveInvalidValues = true }, 4).Process(new GrowingText([0], new([0]), 5), scores);
        Assert.Equal([0, float.MaxValue, float.MinValue, 2], scores);
    }

    [Fact]
    public void Process_Renormalize_GivesLogProbabilities()
    {
        float[] scores = [.. _scores];
        LogitsProcessors.Of(new() { RenormalizeLogits = true, SuppressTokens = [4] }, 5).Process(new GrowingText([0], new([0]), 5), scores);
        Assert.Equal(1, scores.Sum(score => Math.Exp(score)), 6);
        Assert.Equal(2, scores[2] - scores[0], 5);
    }
}
