using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>Answers by token positions; the loss is the mean of the start's and the end's cross-entropy.</summary>
internal sealed class SpanScores : ITaskScores
{
    private double _sum;
    private long _rows, _exact, _starts, _ends;

    public double Loss => _sum / _rows;

    public void Add(EvaluationBatch batch)
    {
        Tensor logits = batch.Logits();
        ReadOnlySpan<long> starts = batch.Padded.Labels.Span, ends = batch.Padded.SpanEnds.Span;
        _sum += (Sum(logits.select(-1, 0), starts) + Sum(logits.select(-1, 1), ends)) / 2;
        AnswerSpan[] best = AnswerSpan.Best(batch);
        for (int row = 0; row < best.Length; row++)
        {
            bool start = best[row].Start == starts[row], end = best[row].End == ends[row];
            _starts += start ? 1 : 0;
            _ends += end ? 1 : 0;
            _exact += start && end ? 1 : 0;
        }
        _rows += best.Length;
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("exact_match", _exact / (double)_rows), ("start_accuracy", _starts / (double)_rows), ("end_accuracy", _ends / (double)_rows)];

    private static double Sum(Tensor logits, ReadOnlySpan<long> positions) =>
        CrossEntropy.Sum(logits, tensor(positions.ToArray(), device: logits.device)).item<float>();
}
