using PeftSharp.Kernels;
using PeftSharp.Metrics;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>Cross-entropy and confusion of a classifier, over whatever carries a label.</summary>
internal sealed class ClassCounts(int classes)
{
    private readonly ConfusionMatrix _confusion = new(classes);
    private double _sum;

    public double Loss => _sum / _confusion.Total;

    public double Accuracy => _confusion.Accuracy;

    public double MacroF1 => _confusion.MacroF1;

    public double Matthews => _confusion.Matthews;

    public ClassReport Report(IReadOnlyList<string> labels) => ClassReport.Of(_confusion, labels);

    /// <summary>Counts logits (n, classes) against labels (n), of which −100 counts for nothing.</summary>
    public void Add(Tensor logits, long[] labels)
    {
        _sum += CrossEntropy.Sum(logits, tensor(labels, device: logits.device)).item<float>();
        long[] predicted = EvaluationBatch.Integers(logits.argmax(-1));
        for (int i = 0; i < labels.Length; i++)
            if (labels[i] != CrossEntropy.Ignored)
                _confusion.Add((int)predicted[i], (int)labels[i]);
    }
}

/// <summary>One class a row.</summary>
internal sealed class ClassScoresOfRows(int classes) : ITaskScores
{
    private readonly ClassCounts _counts = new(classes);

    public double Loss => _counts.Loss;

    public void Add(EvaluationBatch batch) => _counts.Add(batch.Logits(), batch.Padded.Labels.ToArray());

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("accuracy", _counts.Accuracy), ("macro_f1", _counts.MacroF1), ("matthews", _counts.Matthews)];

    public ClassReport? Report(IReadOnlyList<string> labels) => _counts.Report(labels);
}

/// <summary>One class a labelled token.</summary>
internal sealed class ClassScoresOfTokens(int classes) : ITaskScores
{
    private readonly ClassCounts _counts = new(classes);

    public double Loss => _counts.Loss;

    public void Add(EvaluationBatch batch) => _counts.Add(batch.Logits().reshape(-1, classes), batch.Padded.Labels.ToArray());

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("accuracy", _counts.Accuracy), ("macro_f1", _counts.MacroF1)];

    public ClassReport? Report(IReadOnlyList<string> labels) => _counts.Report(labels);
}
