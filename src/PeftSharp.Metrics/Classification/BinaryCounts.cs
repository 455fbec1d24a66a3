namespace PeftSharp.Metrics;

/// <summary>The counts behind precision and recall of one class.</summary>
/// <param name="TruePositives">Predicted and actual.</param>
/// <param name="FalsePositives">Predicted, not actual.</param>
/// <param name="FalseNegatives">Actual, not predicted.</param>
public readonly record struct BinaryCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>The number of actual cases.</summary>
    public long Support => TruePositives + FalseNegatives;

    /// <summary>True if the class was neither predicted nor actual.</summary>
    public bool IsAbsent => TruePositives + FalsePositives + FalseNegatives == 0;

    /// <summary>The scores of this class.</summary>
    /// <param name="zeroDivision">What a score is whose denominator is 0 (scikit-learn's <c>zero_division</c>).</param>
    public ClassScores Scores(double zeroDivision = 0) => new(
        Ratio(TruePositives, TruePositives + FalsePositives, zeroDivision),
        Ratio(TruePositives, Support, zeroDivision),
        Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives, zeroDivision));

    /// <summary>The scores of several classes as one.</summary>
    /// <param name="classes">The counts of every class that takes part in the mean.</param>
    /// <param name="averaging">How they are brought together.</param>
    /// <param name="zeroDivision">What a score is whose denominator is 0, in every class and for a weighted mean without actual cases.</param>
    /// <returns>The scores; NaN for the plain mean of no classes.</returns>
    public static ClassScores Average(IReadOnlyCollection<BinaryCounts> classes, Averaging averaging, double zeroDivision = 0)
    {
        if (averaging == Averaging.Micro)
        {
            BinaryCounts sum = default;
            foreach (BinaryCounts c in classes)
                sum = new(sum.TruePositives + c.TruePositives, sum.FalsePositives + c.FalsePositives, sum.FalseNegatives + c.FalseNegatives);
            return sum.Scores(zeroDivision);
        }

        double precision = 0, recall = 0, f1 = 0, weights = 0;
        foreach (BinaryCounts c in classes)
        {
            double weight = averaging == Averaging.Weighted ? c.Support : 1;
            ClassScores scores = c.Scores(zeroDivision);
            precision += weight * scores.Precision;
            recall += weight * scores.Recall;
            f1 += weight * scores.F1;
            weights += weight;
        }

        return weights == 0 && averaging == Averaging.Weighted
            ? new(zeroDivision, zeroDivision, zeroDivision)
            : new(precision / weights, recall / weights, f1 / weights);
    }

    internal static double Ratio(double numerator, double denominator, double zeroDivision) =>
        denominator == 0 ? zeroDivision : numerator / denominator;
}
