using CsCheck;
using PeftSharp.Generation;
using PeftSharp.Generation.Processing;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Generation.Processing;

/// <summary>What is left to draw from, against transformers' warpers written down one after another.</summary>
public sealed class DrawingProcessorsTests
{
    private static readonly Gen<GenerationOptions> _options =
        from temperature in Gen.Double[0.3, 3]
        from topH in Gen.OneOf(Gen.Const((double?)null), Gen.Double[0.2, 0.95].Select(share => (double?)share))
        from topK in Gen.OneOf(Gen.Const(0), Gen.Int[1, 30])
        from topP in Gen.OneOf(Gen.Const(1.0), Gen.Double[0.3, 0.99])
        from minP in Gen.OneOf(Gen.Const(0.0), Gen.Double[0.01, 0.5])
        from typical in Gen.OneOf(Gen.Const(1.0), Gen.Double[0.2, 0.95])
        from epsilon in Gen.OneOf(Gen.Const(0.0), Gen.Double[0.001, 0.2])
        from eta in Gen.OneOf(Gen.Const(0.0), Gen.Double[0.001, 0.2])
        select new GenerationOptions
        {
            DoSample = true, Temperature = temperature, TopH = topH, TopK = topK, TopP = topP, MinP = minP,
            TypicalP = typical, EpsilonCutoff = epsilon, EtaCutoff = eta, EosTokenIds = [0],
        };

    // Without ties, and far enough apart that rounding decides nothing.
    private static readonly Gen<float[]> _logits =
        Gen.Int[-4000, 4000].Array[3, 60].Select(numbers => numbers.Distinct().Select(number => number / 500f).ToArray());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Process_AnyOptions_LeavesWhatTheWarpersLeave(bool beams) =>
        Gen.Select(_options, _logits).SampleSeeded((options, logits) =>
        {
            double[] plain = Plain(options, logits, beams ? 2 : 1);
            float[] scores = [.. logits];
            LogitsProcessors drawing = LogitsProcessors.OfDrawing(options, logits.Length, beams, out GenerationOptions left);
            drawing.Process(new GrowingText([0], new([0]), 9), scores);
            if (left == options)
                return;
            for (int id = 0; id < scores.Length; id++)
                Assert.True(
                    double.IsNegativeInfinity(plain[id]) == float.IsNegativeInfinity(scores[id]) && (double.IsNegativeInfinity(plain[id]) || Math.Abs(plain[id] - scores[id]) < 1e-4),
                    $"token {id}: {plain[id]} and {scores[id]} with {options}");
        });

    [Fact]
    public void OfDrawing_OrdinaryOptions_LeavesThemToTheSampler()
    {
        GenerationOptions options = new() { DoSample = true, Temperature = 0.7, TopP = 0.9 };
        LogitsProcessors.OfDrawing(options, 10, beams: false, out GenerationOptions left);
        Assert.Same(options, left);
    }

    private static double[] Plain(GenerationOptions options, float[] logits, int least)
    {
        double[] scores = [.. logits.Select(logit => logit / options.Temperature)];
        if (options.TopH is { } share)
        {
            int[] best = [.. HighestFirst(scores).Take(100)];
            double[] p = Softmax([.. best.Select(id => scores[id])]);
            double[] terms = [.. p.Select(Term)];
            double tau = terms.Sum() * share, sum = 0;
            Keep(scores, best.Where((_, i) => (sum += terms[i]) <= tau || i == 0));
        }
        if (options.TopK > 0)
            Keep(scores, HighestFirst(scores).Take(Math.Max(options.TopK, least)));
        if (options.TopP < 1)
        {
            double[] p = Softmax(scores);
            int[] order = [.. HighestFirst(scores).Reverse()];
            double sum = 0;
            Keep(scores, order.Where((id, i) => (sum += p[id]) > 1 - options.TopP || i >= order.Length - least).ToArray());
        }
        if (options.MinP > 0)
        {
            double[] p = Softmax(scores);
            double bound = options.MinP * p.Max();
            Keep(scores, HighestFirst(scores).Where((id, i) => p[id] >= bound || i < least).ToArray());
        }
        if (options.TypicalP < 1)
        {
            double[] p = Softmax(scores);
            double entropy = p.Sum(Term);
            double[] unlike = [.. p.Select(q => Math.Abs(-Math.Log(q) - entropy))];
            int[] order = [.. Enumerable.Range(0, p.Length).OrderBy(id => unlike[id])];
            double sum = 0;
            int last = Math.Min(order.Count(id => (sum += p[id]) < options.TypicalP), p.Length - 1);
            Keep(scores, order.Where((id, i) => unlike[id] <= unlike[order[last]] || i < least).ToArray());
        }
        if (options.EpsilonCutoff > 0)
            Cut(options.EpsilonCutoff);
        if (options.EtaCutoff > 0)
            Cut(Math.Min(options.EtaCutoff, Math.Sqrt(options.EtaCutoff) * Math.Exp(-Softmax(scores).Sum(Term))));
        return scores;

        void Cut(double bound)
        {
            double[] p = Softmax(scores);
            Keep(scores, HighestFirst(scores).Where((id, i) => p[id] >= bound || i < least).ToArray());
        }
    }

    private static double Term(double p) => p == 0 ? 0 : -p * Math.Log(p);

    private static IOrderedEnumerable<int> HighestFirst(double[] scores) => Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id]);

    private static void Keep(double[] scores, IEnumerable<int> ids)
    {
        HashSet<int> kept = [.. ids];
        for (int id = 0; id < scores.Length; id++)
            if (!kept.Contains(id))
                scores[id] = double.NegativeInfinity;
    }

    private static double[] Softmax(double[] scores)
    {
        double highest = scores.Max();
        double[] powers = [.. scores.Select(score => Math.Exp(score - highest))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }
}
