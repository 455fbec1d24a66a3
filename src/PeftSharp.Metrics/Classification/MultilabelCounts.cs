namespace PeftSharp.Metrics;

/// <summary>Scores of a classifier that may give an example any number of labels, counted batch after batch.</summary>
public sealed class MultilabelCounts
{
    private readonly BinaryCounts[] _labels;
    private double _sampleF1;
    private long _exact, _wrong;

    /// <summary>Empty counts.</summary>
    /// <param name="labelCount">The number of labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public MultilabelCounts(int labelCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labelCount);
        _labels = new BinaryCounts[labelCount];
    }

    /// <summary>The number of examples counted.</summary>
    public long Total { get; private set; }

    /// <summary>Examples whose labels are all right, among all.</summary>
    public double SubsetAccuracy => _exact / (double)Total;

    /// <summary>Wrong decisions among all, one for each label of each example (Hamming loss).</summary>
    public double HammingLoss => _wrong / ((double)Total * _labels.Length);

    /// <summary>The mean over the examples of the F1 between predicted and actual labels; an example without either counts 0.</summary>
    public double SampleF1 => _sampleF1 / Total;

    /// <summary>The counts of every label.</summary>
    public IReadOnlyList<BinaryCounts> Labels => _labels;

    /// <summary>Counts one example.</summary>
    /// <param name="predicted">Whether each label was predicted.</param>
    /// <param name="actual">Whether each label is right.</param>
    /// <exception cref="ArgumentException">A span is not as long as there are labels.</exception>
    public void Add(ReadOnlySpan<bool> predicted, ReadOnlySpan<bool> actual)
    {
        if (predicted.Length != _labels.Length || actual.Length != _labels.Length)
            throw new ArgumentException($"{predicted.Length} predicted and {actual.Length} actual labels where there are {_labels.Length}.");
        long both = 0, predictedOnly = 0, actualOnly = 0;
        for (int i = 0; i < _labels.Length; i++)
        {
            (bool p, bool a) = (predicted[i], actual[i]);
            BinaryCounts old = _labels[i];
            _labels[i] = new(old.TruePositives + (p && a ? 1 : 0), old.FalsePositives + (p && !a ? 1 : 0), old.FalseNegatives + (a && !p ? 1 : 0));
            both += p && a ? 1 : 0;
            predictedOnly += p && !a ? 1 : 0;
            actualOnly += a && !p ? 1 : 0;
        }

        _wrong += predictedOnly + actualOnly;
        _exact += predictedOnly + actualOnly == 0 ? 1 : 0;
        _sampleF1 += new BinaryCounts(both, predictedOnly, actualOnly).Scores().F1;
        Total++;
    }

    /// <summary>Precision, recall and F1 of all labels as one.</summary>
    public ClassScores Average(Averaging averaging, double zeroDivision = 0) => BinaryCounts.Average(_labels, averaging, zeroDivision);
}
