namespace PeftSharp.Metrics;

/// <summary>Finds the threshold from which on a score counts as positive.</summary>
public static class ThresholdSearch
{
    /// <summary>
    /// The threshold with the highest F1: halfway between two neighbouring scores, so that new scores near either fall on its
    /// side; of several with the same F1 the one nearest to <paramref name="usual"/>.
    /// </summary>
    /// <param name="scores">Probabilities.</param>
    /// <param name="positive">Whether each case is positive.</param>
    /// <param name="usual">What to give where no threshold finds a positive.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a score is NaN.</exception>
    public static double BestF1(ReadOnlySpan<float> scores, ReadOnlySpan<bool> positive, double usual = 0.5)
    {
        if (scores.Length != positive.Length)
            throw new ArgumentException($"{scores.Length} scores for {positive.Length} cases.");
        var order = new int[scores.Length];
        var keys = new float[scores.Length];
        long positives = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (float.IsNaN(scores[i]))
                throw new ArgumentException($"Score {i} is NaN.", nameof(scores));
            (order[i], keys[i]) = (i, -scores[i]);
            positives += positive[i] ? 1 : 0;
        }
        Array.Sort(keys, order);
        (double best, double bestF1) = (usual, Through(scores, positive, usual, positives));
        long right = 0;
        for (int i = 0; i < order.Length;)
        {
            double score = scores[order[i]];
            for (; i < order.Length && scores[order[i]] == score; i++)
                right += positive[order[i]] ? 1 : 0;
            double below = i < order.Length ? scores[order[i]] : 0;
            double threshold = (score + below) / 2;
            double f1 = F1(right, i, positives);
            if (f1 > bestF1 || (f1 == bestF1 && f1 > 0 && Math.Abs(threshold - usual) < Math.Abs(best - usual)))
                (best, bestF1) = (threshold, f1);
        }
        return best;
    }

    private static double Through(ReadOnlySpan<float> scores, ReadOnlySpan<bool> positive, double threshold, long positives)
    {
        long right = 0, predicted = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] < threshold)
                continue;
            predicted++;
            right += positive[i] ? 1 : 0;
        }
        return F1(right, predicted, positives);
    }

    private static double F1(long right, long predicted, long positives) => right == 0 ? 0 : 2.0 * right / (predicted + positives);
}
