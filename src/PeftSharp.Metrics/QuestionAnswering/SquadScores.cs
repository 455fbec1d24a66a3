namespace PeftSharp.Metrics;

/// <summary>The means of <see cref="Squad"/> over a data set, counted answer after answer, in percent as SQuAD reports them.</summary>
/// <param name="emptyMatchesEmpty">As SQuAD 2.0, which has questions without an answer.</param>
public sealed class SquadScores(bool emptyMatchesEmpty = false)
{
    private long _exact;
    private double _f1;

    /// <summary>The number of questions.</summary>
    public long Total { get; private set; }

    /// <summary>Answers that equal a reference, in percent.</summary>
    public double ExactMatch => 100.0 * _exact / Total;

    /// <summary>The mean F1, in percent.</summary>
    public double F1 => 100.0 * _f1 / Total;

    /// <summary>Counts one question.</summary>
    public void Add(string prediction, IReadOnlyCollection<string> references)
    {
        _exact += Squad.ExactMatch(prediction, references) ? 1 : 0;
        _f1 += Squad.F1(prediction, references, emptyMatchesEmpty);
        Total++;
    }
}
