using CsCheck;
using PeftSharp.Data;
using PeftSharp.Generation;
using PeftSharp.Generation.Sampling;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Generation.Sampling;

public sealed class TokenSamplerTests
{
    private static readonly Gen<GenerationOptions> _options =
        from temperature in Gen.Double[0.2, 3]
        from topK in Gen.OneOf(Gen.Const(0), Gen.Int[1, 40])
        from topP in Gen.OneOf(Gen.Const(1.0), Gen.Double[0.05, 0.99])
        from minP in Gen.OneOf(Gen.Const(0.0), Gen.Double[0.01, 0.9])
        select new GenerationOptions { DoSample = true, Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };

    // Without ties: of equal ones it is nobody's business which top-p drops first.
    private static readonly Gen<float[]> _logits =
        Gen.Int[-4000, 4000].Array[1, 60].Select(numbers => numbers.Distinct().Select(number => number / 500f).ToArray());

    [Fact]
    public void Draw_AnyOptions_ChoosesAmongWhatThePlainRulesLeave() =>
        Gen.Select(_options, _logits, Gen.ULong).SampleSeeded((options, logits, seed) =>
        {
            TokenSampler sampler = new(options, logits.Length);
            CounterRandom random = new(seed, 0);
            int drawn = sampler.Draw(logits, ref random);
            Dictionary<int, double> expected = Plain(options, logits);
            Assert.Equal(expected.Keys.Order(), sampler.Candidates.ToArray().Order());
            Assert.Contains(drawn, expected.Keys);
            double sum = sampler.Weights.ToArray().Sum();
            for (int i = 0; i < sampler.Candidates.Length; i++)
                Assert.Equal(expected[sampler.Candidates[i]], sampler.Weights[i] / sum, 9);
        });

    [Fact]
    public void Draw_ManyTimes_FollowsTheProbabilities()
    {
        float[] logits = [0, 1, 2, -1];
        TokenSampler sampler = new(new GenerationOptions { DoSample = true, Temperature = 1.5 }, logits.Length);
        Dictionary<int, double> expected = Plain(new GenerationOptions { Temperature = 1.5 }, logits);
        CounterRandom random = new(3, 0);
        int[] counts = new int[4];
        const int draws = 40_000;
        for (int i = 0; i < draws; i++)
            counts[sampler.Draw(logits, ref random)]++;
        for (int token = 0; token < 4; token++)
        {
            double spread = Math.Sqrt(expected[token] * (1 - expected[token]) / draws);
            Assert.InRange(counts[token] / (double)draws, expected[token] - 5 * spread, expected[token] + 5 * spread);
        }
    }

    [Fact]
    public void Draw_LargeVocabulary_AllocatesNothing()
    {
        float[] logits = [.. Enumerable.Range(0, 50_000).Select(i => MathF.Sin(i) * 10)];
        TokenSampler sampler = new(new GenerationOptions { DoSample = true, TopK = 0, TopP = 0.9, MinP = 0.01 }, logits.Length);
        CounterRandom random = new(1, 0);
        sampler.Draw(logits, ref random);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            sampler.Draw(logits, ref random);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    /// <summary>transformers' warpers one after another: what one leaves out has no probability for the next.</summary>
    private static Dictionary<int, double> Plain(GenerationOptions options, float[] logits)
    {
        List<(int Id, double Score)> left = [.. logits.Select((logit, id) => (id, logit / options.Temperature))];
        if (options.TopK > 0)
        {
            double kth = left.OrderByDescending(pair => pair.Score).Take(options.TopK).Last().Score;
            left.RemoveAll(pair => pair.Score < kth);
        }
        if (options.TopP < 1)
        {
            double[] probabilities = Softmax(left);
            double sum = 0;
            HashSet<int> removed = [];
            foreach (int i in Enumerable.Range(0, left.Count).OrderBy(i => left[i].Score))
            {
                sum += probabilities[i];
                if (sum <= 1 - options.TopP && removed.Count < left.Count - 1)
                    removed.Add(left[i].Id);
            }
            left.RemoveAll(pair => removed.Contains(pair.Id));
        }
        if (options.MinP > 0)
        {
            double[] probabilities = Softmax(left);
            double least = options.MinP * probabilities.Max();
            left = [.. left.Where((_, i) => probabilities[i] >= least)];
        }
        double[] last = Softmax(left);
        return left.Select((pair, i) => (pair.Id, last[i])).ToDictionary(pair => pair.Id, pair => pair.Item2);
    }

    private static double[] Softmax(List<(int Id, double Score)> pairs)
    {
        double highest = pairs.Max(pair => pair.Score);
        double sum = pairs.Sum(pair => Math.Exp(pair.Score - highest));
        return [.. pairs.Select(pair => Math.Exp(pair.Score - highest) / sum)];
    }
}
