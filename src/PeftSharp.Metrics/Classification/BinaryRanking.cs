namespace PeftSharp.Metrics;

/// <summary>How well scores rank the positive cases above the negative ones, whatever the threshold.</summary>
public static class BinaryRanking
{
    /// <summary>
    /// The area under the ROC curve: the share of (positive, negative) pairs in which the positive has the higher score,
    /// ties counting half. NaN if there are only positives or only negatives.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length, or a score is NaN.</exception>
    public static double RocAuc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        double below = 0, negatives = 0;
        long positives = 0;
        int[] order = Descending(scores, positive);
        for (int i = order.Length - 1; i >= 0;)
        {
            (long tiedPositives, long tiedNegatives) = (0, 0);
            double score = scores[order[i]];
            for (; i >= 0 && scores[order[i]] == score; i--)
                _ = positive[order[i]] ? tiedPositives++ : tiedNegatives++;
            below += tiedPositives * (negatives + tiedNegatives / 2.0);
            negatives += tiedNegatives;
            positives += tiedPositives;
        }

        double pairs = positives * negatives;
        return pairs == 0 ? double.NaN : below / pairs;
    }

    /// <summary>
    /// Average precision, Σ (R(n) − R(n−1))·P(n) over the distinct scores from the highest down: precision weighted by the
    /// recall it adds. 0 if there are no positives.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length, or a score is NaN.</exception>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        int[] order = Descending(scores, positive);
        double sum = 0;
        long right = 0;
        for (int i = 0; i < order.Length;)
        {
            double score = scores[order[i]];
            long added = 0;
            for (; i < order.Length && scores[order[i]] == score; i++)
                added += positive[order[i]] ? 1 : 0;
            right += added;
            sum += added * (right / (double)i);
        }

        return right == 0 ? 0 : sum / right;
    }

    private static int[] Descending(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        if (scores.Length != positive.Length)
            throw new ArgumentException($"{scores.Length} scores for {positive.Length} cases.");
        var order = new int[scores.Length];
        var keys = new double[scores.Length];
        for (int i = 0; i < order.Length; i++)
        {
            if (double.IsNaN(scores[i]))
                throw new ArgumentException($"Score {i} is NaN.", nameof(scores));
            (order[i], keys[i]) = (i, -scores[i]);
        }

        Array.Sort(keys, order);
        return order;
    }
}
