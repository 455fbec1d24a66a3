namespace PeftSharp.Metrics;

/// <summary>
/// Counts predictions against what was actual, batch after batch, and gives every score of a single-label classifier
/// from the counts; nothing of the batches is kept. Values are those of scikit-learn.
/// </summary>
/// <example><code>
/// ConfusionMatrix confusion = new(labels.Count);
/// confusion.Add(predicted: [1, 0, 2], actual: [1, 0, 0]);
/// Console.WriteLine($"{confusion.Accuracy:P1}, macro-F1 {confusion.MacroF1:F3}");
/// </code></example>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>An empty matrix.</summary>
    /// <param name="classCount">The number of classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public ConfusionMatrix(int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classCount);
        ClassCount = classCount;
        _counts = new long[checked(classCount * classCount)];
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>The number of examples counted.</summary>
    public long Total { get; private set; }

    /// <summary>How often <paramref name="predicted"/> was said where <paramref name="actual"/> was right.</summary>
    public long this[int actual, int predicted] => _counts[Index(actual, predicted)];

    /// <summary>Right predictions among all; NaN without examples.</summary>
    public double Accuracy => Diagonal() / (double)Total;

    /// <summary>The mean recall over the classes that occur.</summary>
    public double BalancedAccuracy
    {
        get
        {
            double sum = 0;
            int occurring = 0;
            foreach (BinaryCounts c in Classes())
            {
                if (c.Support == 0)
                    continue;
                sum += c.TruePositives / (double)c.Support;
                occurring++;
            }

            return sum / occurring;
        }
    }

    /// <summary>Precision, recall and F1 as scikit-learn's <c>average="macro"</c> without <c>labels</c>: the mean over the classes that were predicted or actual.</summary>
    public ClassScores Macro => Average(Averaging.Macro);

    /// <summary>The F1 of <see cref="Macro"/>.</summary>
    public double MacroF1 => Macro.F1;

    /// <summary>
    /// Matthews' correlation coefficient of several classes (Gorodkin 2004), in [−1, 1]: with s examples, c right ones, and
    /// p(k), t(k) how often class k was predicted and actual,
    /// (c·s − Σ p·t) / √((s² − Σ p²)(s² − Σ t²)); 0 if a factor is 0.
    /// </summary>
    public double Matthews
    {
        get
        {
            double both = 0, predictedSquares = 0, actualSquares = 0, total = Total;
            for (int k = 0; k < ClassCount; k++)
            {
                double predicted = Predicted(k), actual = Actual(k);
                both += predicted * actual;
                predictedSquares += predicted * predicted;
                actualSquares += actual * actual;
            }

            double denominator = (total * total - predictedSquares) * (total * total - actualSquares);
            return denominator == 0 ? 0 : (Diagonal() * total - both) / Math.Sqrt(denominator);
        }
    }

    /// <summary>
    /// Cohen's kappa (1960): (accuracy − e) / (1 − e), e the accuracy that chance would give, Σ p·t / s². NaN if e is 1.
    /// </summary>
    public double Kappa
    {
        get
        {
            double both = 0;
            for (int k = 0; k < ClassCount; k++)
                both += (double)Predicted(k) * Actual(k);
            double expected = Total - both / Total;
            return expected == 0 ? double.NaN : 1 - (Total - Diagonal()) / expected;
        }
    }

    /// <summary>Counts one example.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A class is not in 0..<see cref="ClassCount"/>−1.</exception>
    public void Add(int predicted, int actual)
    {
        _counts[Index(actual, predicted)]++;
        Total++;
    }

    /// <summary>Counts a batch.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A class is not in 0..<see cref="ClassCount"/>−1.</exception>
    public void Add(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        if (predicted.Length != actual.Length)
            throw new ArgumentException($"{predicted.Length} predictions for {actual.Length} examples.");
        for (int i = 0; i < predicted.Length; i++)
            Add(predicted[i], actual[i]);
    }

    /// <summary>Adds the counts of another matrix, such as that of another process.</summary>
    /// <exception cref="ArgumentException">The other has another number of classes.</exception>
    public void Add(ConfusionMatrix other)
    {
        if (other.ClassCount != ClassCount)
            throw new ArgumentException($"A matrix of {other.ClassCount} classes cannot be added to one of {ClassCount}.", nameof(other));
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Total += other.Total;
    }

    /// <summary>The counts of one class against all others.</summary>
    public BinaryCounts Class(int id)
    {
        long right = this[id, id];
        return new(right, Predicted(id) - right, Actual(id) - right);
    }

    /// <summary>The counts of all classes.</summary>
    public IReadOnlyList<BinaryCounts> Classes()
    {
        var classes = new BinaryCounts[ClassCount];
        for (int k = 0; k < ClassCount; k++)
            classes[k] = Class(k);
        return classes;
    }

    /// <summary>Precision, recall and F1 of all classes as one.</summary>
    /// <param name="averaging">How they are brought together.</param>
    /// <param name="zeroDivision">What a score is whose denominator is 0.</param>
    /// <param name="includeAbsent">Count classes that were neither predicted nor actual too, with <paramref name="zeroDivision"/> as their scores.</param>
    public ClassScores Average(Averaging averaging, double zeroDivision = 0, bool includeAbsent = false) =>
        BinaryCounts.Average([.. Classes().Where(c => includeAbsent || !c.IsAbsent)], averaging, zeroDivision);

    private int Index(int actual, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(actual);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(actual, ClassCount);
        ArgumentOutOfRangeException.ThrowIfNegative(predicted);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(predicted, ClassCount);
        return actual * ClassCount + predicted;
    }

    private long Diagonal()
    {
        long sum = 0;
        for (int k = 0; k < ClassCount; k++)
            sum += _counts[k * ClassCount + k];
        return sum;
    }

    private long Predicted(int k)
    {
        long sum = 0;
        for (int actual = 0; actual < ClassCount; actual++)
            sum += _counts[actual * ClassCount + k];
        return sum;
    }

    private long Actual(int k)
    {
        long sum = 0;
        for (int predicted = 0; predicted < ClassCount; predicted++)
            sum += _counts[k * ClassCount + predicted];
        return sum;
    }
}
