using PeftSharp.Metrics;

namespace PeftSharp.Training;

/// <summary>The scores of one class.</summary>
/// <param name="Name">The class, label or type of entity.</param>
/// <param name="Scores">Precision, recall and F1.</param>
/// <param name="Support">How often it was right.</param>
public sealed record ClassLine(string Name, ClassScores Scores, long Support)
{
    internal static ClassLine Of(string name, BinaryCounts counts) => new(name, counts.Scores(), counts.Support);
}

/// <summary>How often one class was taken for another.</summary>
/// <param name="Actual">The right class.</param>
/// <param name="Predicted">The one that was said.</param>
/// <param name="Count">How often.</param>
public sealed record Confusion(string Actual, string Predicted, long Count);

/// <summary>What always saying the most frequent class would score.</summary>
/// <param name="Class">That class.</param>
/// <param name="Metric">The name of the metric, such as <c>accuracy</c>.</param>
/// <param name="Value">Its value.</param>
/// <param name="MacroF1">The macro-F1.</param>
public sealed record MajorityBaseline(string Class, string Metric, double Value, double MacroF1);

/// <summary>What stands behind the averages of a classifier: each class by itself.</summary>
public sealed record ClassReport
{
    private const int ConfusionsKept = 10;

    /// <summary>The classes in the order of their numbers.</summary>
    public required IReadOnlyList<ClassLine> Classes { get; init; }

    /// <summary>The most frequent confusions, the worst first; empty where a row may have several labels.</summary>
    public IReadOnlyList<Confusion> Confusions { get; init; } = [];

    /// <summary>What always saying the most frequent class would score; null where there is none.</summary>
    public MajorityBaseline? Majority { get; init; }

    /// <summary>
    /// The classes that no row has. One that was predicted all the same has an F1 of 0, which lowers the macro-F1.
    /// </summary>
    public IEnumerable<ClassLine> Missing => Classes.Where(line => line.Support == 0);

    /// <summary>The report of a single-label classifier.</summary>
    internal static ClassReport Of(ConfusionMatrix confusion, IReadOnlyList<string> labels)
    {
        ClassLine[] classes = [.. labels.Select((label, id) => ClassLine.Of(label, confusion.Class(id)))];
        List<Confusion> confusions = [];
        for (int actual = 0; actual < labels.Count; actual++)
            for (int predicted = 0; predicted < labels.Count; predicted++)
                if (actual != predicted && confusion[actual, predicted] > 0)
                    confusions.Add(new(labels[actual], labels[predicted], confusion[actual, predicted]));
        return new()
        {
            Classes = classes,
            Confusions = [.. confusions.OrderByDescending(one => one.Count).Take(ConfusionsKept)],
            Majority = MajorityOf(classes),
        };
    }

    private static MajorityBaseline? MajorityOf(ClassLine[] classes)
    {
        long total = classes.Sum(line => line.Support);
        if (total == 0)
            return null;
        ClassLine most = classes.MaxBy(line => line.Support)!;
        // All rows are said to be of the class; the other classes that occur have an F1 of 0.
        double f1 = new BinaryCounts(most.Support, total - most.Support, 0).Scores().F1;
        return new(most.Name, "accuracy", most.Support / (double)total, f1 / classes.Count(line => line.Support > 0));
    }
}
