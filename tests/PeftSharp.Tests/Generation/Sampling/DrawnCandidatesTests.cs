using PeftSharp.Data;
using PeftSharp.Generation.Sampling;
using Xunit;

namespace PeftSharp.Tests.Generation.Sampling;

public sealed class DrawnCandidatesTests
{
    [Fact]
    public void Take_ManyTimes_DrawsByProbabilityAndNothingTwice()
    {
        // Two beams of three tokens, with probabilities that sum to 1; one of them may not come.
        double[][] p = [[0.3, 0.1, 0], [0.2, 0.15, 0.25]];
        const int draws = 20_000;
        int[] first = new int[6];
        DrawnCandidates candidates = new(3, new CounterRandom(1, 0));
        for (int i = 0; i < draws; i++)
        {
            for (int beam = 0; beam < 2; beam++)
                candidates.Offer(beam, MathF.Log(0.5f), [.. p[beam].Select(q => (float)Math.Log(q))]);
            Candidate[] taken = [.. candidates.Take()];
            Assert.Equal(3, taken.Distinct().Count());
            Assert.DoesNotContain(taken, candidate => float.IsNegativeInfinity(candidate.Score));
            first[taken[0].Beam * 3 + taken[0].Token]++;
            ReadOnlySpan<Candidate> sorted = candidates.BestFirst(taken);
            Assert.True(sorted[0].Score >= sorted[1].Score && sorted[1].Score >= sorted[2].Score);
        }
        for (int at = 0; at < 6; at++)
        {
            double expected = p[at / 3][at % 3];
            double spread = Math.Sqrt(expected * (1 - expected) / draws);
            Assert.InRange(first[at] / (double)draws, expected - 5 * spread, expected + 5 * spread);
        }
    }
}
