using CsCheck;
using PeftSharp.Generation.Processing;
using PeftSharp.Generation.Sampling;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation.Sampling;

public sealed class ScoresTests
{
    private static readonly Gen<float[]> _scores = Gen.Single[-50, 50].Array[1, 70];

    [Fact]
    public void ArgMax_AnyScores_IsTheFirstHighest() =>
        _scores.SampleSeeded(scores => Assert.Equal(Array.IndexOf(scores, scores.Max()), Scores.ArgMax(scores)));

    [Fact]
    public void ArgMax_NotANumberAnywhere_SaysSo() =>
        Gen.Select(_scores, Gen.Int[0, 1000]).SampleSeeded((scores, at) =>
        {
            scores[at % scores.Length] = float.NaN;
            Assert.Throws<PeftException>(() => Scores.ArgMax(scores));
        });

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void ArgMax_NothingFinite_SaysSo(float value) => Assert.Throws<PeftException>(() => Scores.ArgMax([value]));

    [Fact]
    public void LogSoftmax_AnyScores_IsTorchs() => _scores.SampleSeeded(scores =>
    {
        using Tensor plain = tensor(scores);
        using Tensor expected = plain.log_softmax(-1);
        Scores.LogSoftmax(scores);
        float[] wanted = expected.data<float>().ToArray();
        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(wanted[i], scores[i], 1e-5f * Math.Max(1, Math.Abs(wanted[i])));
    });

    [Fact]
    public void Lowest_AnyScores_IsTheKthHighest() =>
        Gen.Select(Gen.Int[-9, 9].Select(i => (float)i).Array[1, 80], Gen.Int[1, 80]).SampleSeeded((scores, k) =>
        {
            k = Math.Min(k, scores.Length);
            HighestK highest = new(k);
            for (int repeat = 0; repeat < 2; repeat++)
                Assert.Equal(scores.OrderDescending().ElementAt(k - 1), highest.Lowest(scores));
        });

    [Fact]
    public void Take_AnyOffers_AreTheBestInOrder() =>
        Gen.Select(Gen.Single[-9, 0].Array[20].Array[1, 4], Gen.Int[1, 12]).SampleSeeded((beams, count) =>
        {
            BestCandidates best = new(count);
            for (int repeat = 0; repeat < 2; repeat++)
            {
                for (int beam = 0; beam < beams.Length; beam++)
                    best.Offer(beam, -beam, beams[beam]);
                float[] expected = [.. beams.SelectMany((scores, beam) => scores.Select(score => score + -beam)).OrderDescending().Take(count)];
                Candidate[] taken = best.Take().ToArray();
                Assert.Equal(expected, taken.Select(candidate => candidate.Score));
                Assert.All(taken, candidate => Assert.Equal(beams[candidate.Beam][candidate.Token] - candidate.Beam, candidate.Score));
            }
        });

    [Fact]
    public void Apply_RepeatedTokens_PenalisesEachOnce()
    {
        RepetitionPenalty penalty = new(2, 5);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            float[] scores = [4, -4, 4, -4, 4];
            penalty.Process(new([0, 1, 0, 1, 1], new([0]), 9), scores);
            Assert.Equal([2, -8, 4, -4, 4], scores);
        }
    }
}
