using PeftSharp.Metrics;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>Counts sets of labels, as scikit-learn scores them.</summary>
/// <param name="thresholds">From which probability on each label holds.</param>
internal sealed class MultiLabelCounter(IReadOnlyList<float> thresholds)
{
    private readonly MultilabelCounts _counts = new(thresholds.Count);
    private readonly LabelRanking _ranking = new();
    private readonly Dictionary<string, long> _sets = new(StringComparer.Ordinal);

    /// <summary>Counts a row.</summary>
    public void Add(ReadOnlySpan<float> probabilities, bool[] actual)
    {
        Span<bool> predicted = stackalloc bool[Math.Min(actual.Length, 1024)];
        if (actual.Length > predicted.Length)
            predicted = new bool[actual.Length];
        for (int label = 0; label < predicted.Length; label++)
            predicted[label] = probabilities[label] >= thresholds[label];
        _counts.Add(predicted, actual);
        _ranking.Add(probabilities, actual);
        string set = string.Concat(actual.Select(holds => holds ? '1' : '0'));
        _sets[set] = _sets.GetValueOrDefault(set) + 1;
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
    [
        ("micro_f1", _counts.Average(Averaging.Micro).F1), ("macro_f1", _counts.Average(Averaging.Macro).F1),
        ("weighted_f1", _counts.Average(Averaging.Weighted).F1), ("samples_f1", _counts.SampleF1),
        ("subset_accuracy", _counts.SubsetAccuracy), ("hamming_loss", _counts.HammingLoss), ("lrap", _ranking.AveragePrecision),
    ];

    /// <summary>Each label by itself, beside always saying the most frequent set.</summary>
    public ClassReport Report(IReadOnlyList<string> labels)
    {
        string set = _sets.Keys.OrderByDescending(key => _sets[key]).ThenBy(key => key, StringComparer.Ordinal).FirstOrDefault("");
        string[] names = [.. labels.Where((_, id) => id < set.Length && set[id] == '1')];
        MultilabelCounts always = new(thresholds.Count);
        bool[] said = [.. set.Select(holds => holds == '1')];
        foreach ((string actual, long times) in _sets)
            for (long i = 0; i < times; i++)
                always.Add(said, [.. actual.Select(holds => holds == '1')]);
        return new()
        {
            Classes = [.. labels.Select((label, id) => ClassLine.Of(label, _counts.Labels[id]))],
            Majority = _sets.Count == 0 ? null : new(names.Length == 0 ? "no label" : string.Join(" + ", names), "subset_accuracy", always.SubsetAccuracy, always.Average(Averaging.Macro).F1),
        };
    }
}

/// <summary>Any number of labels a row; the loss is the logistic one, the mean over rows and labels.</summary>
internal sealed class MultiLabelTaskScores(BaseModel model) : ITaskScores
{
    private readonly MultiLabelCounter _counter = new(model.Thresholds);
    private double _sum;
    private long _labels;

    public double Loss => _sum / _labels;

    public void Add(EvaluationBatch batch)
    {
        int labels = batch.Padded.LabelCount;
        Tensor logits = batch.Logits();
        // A ranking of what is no number means nothing.
        UsableNumbers.Require(logits);
        Tensor wanted = tensor(batch.Padded.Values.ToArray(), [batch.Padded.Rows, labels], device: logits.device);
        _sum += nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction: nn.Reduction.Sum).item<float>();
        float[] probabilities = EvaluationBatch.Floats(logits.sigmoid());
        for (int row = 0; row < batch.Padded.Rows; row++)
            _counter.Add(
                probabilities.AsSpan(row * labels, labels), Array.ConvertAll(batch.Padded.Values.Slice(row * labels, labels).ToArray(), value => value > 0.5f));
        _labels += wanted.numel();
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() => _counter.Metrics();

    public ClassReport? Report(IReadOnlyList<string> labels) => _counter.Report(labels);
}
