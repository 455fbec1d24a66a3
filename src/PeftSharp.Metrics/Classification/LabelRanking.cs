namespace PeftSharp.Metrics;

/// <summary>
/// Label ranking average precision (scikit-learn's <c>label_ranking_average_precision_score</c>), counted example after
/// example: for each label that holds, the share of labels ranked no lower that hold too; the mean over those labels, then
/// over the examples. An example for which all labels hold, or none, counts 1.
/// </summary>
public sealed class LabelRanking
{
    private double _sum;

    /// <summary>The number of examples.</summary>
    public long Total { get; private set; }

    /// <summary>The mean over the examples; NaN without any.</summary>
    public double AveragePrecision => _sum / Total;

    /// <summary>Counts one example.</summary>
    /// <param name="scores">A score for each label.</param>
    /// <param name="actual">Whether each label holds.</param>
    /// <exception cref="ArgumentException">The spans differ in length, are empty, or a score is NaN.</exception>
    public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<bool> actual)
    {
        if (scores.Length != actual.Length || scores.IsEmpty)
            throw new ArgumentException($"{scores.Length} scores for {actual.Length} labels.");
        double sum = 0;
        int holding = 0;
        for (int label = 0; label < scores.Length; label++)
        {
            if (float.IsNaN(scores[label]))
                throw new ArgumentException($"Score {label} is NaN.", nameof(scores));
            if (!actual[label])
                continue;
            holding++;
            int above = 0, right = 0;
            for (int other = 0; other < scores.Length; other++)
            {
                if (scores[other] < scores[label])
                    continue;
                above++;
                right += actual[other] ? 1 : 0;
            }
            sum += (double)right / above;
        }
        _sum += holding == 0 || holding == scores.Length ? 1 : sum / holding;
        Total++;
    }
}
