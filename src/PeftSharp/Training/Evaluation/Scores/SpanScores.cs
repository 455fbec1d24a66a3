using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>Answers by token positions; the loss is the mean of the start's and the end's cross-entropy.</summary>
internal sealed class SpanScores : ITaskScores
{
    private double _sum;
    private long _counted, _rows, _exact, _starts, _ends;

    public double Loss => _sum / _counted;

    public void Add(EvaluationBatch batch)
    {
        Tensor logits = batch.Logits();
        ReadOnlySpan<long> starts = batch.Padded.Labels.Span, ends = batch.Padded.SpanEnds.Span;
        Add(logits.select(-1, 0), batch, starts);
        Add(logits.select(-1, 1), batch, ends);
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

    private void Add(Tensor logits, EvaluationBatch batch, ReadOnlySpan<long> positions)
    {
        (Tensor sum, long count) = SpanLoss.Sum(logits, batch.Input.AttentionMask, tensor(positions.ToArray(), device: logits.device));
        _sum += sum.item<float>();
        _counted += count;
    }
}
