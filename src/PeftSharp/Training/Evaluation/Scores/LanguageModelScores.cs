using PeftSharp.Kernels;
using PeftSharp.Metrics;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// Next tokens: position t is judged by the label at t + 1. Only judged positions go through the output head, some hundred at
/// a time, so logits over a large vocabulary never exist for a whole batch.
/// </summary>
internal sealed class LanguageModelScores : ITaskScores
{
    private const int RowsAtOnce = 512;

    private readonly Perplexity _perplexity = new();

    public double Loss => _perplexity.MeanNll;

    public void Add(EvaluationBatch batch)
    {
        int width = batch.Padded.Width;
        long[] labels = batch.Padded.Labels.ToArray();
        long[] judged = [.. Enumerable.Range(0, labels.Length - 1)
            .Where(i => (i + 1) % width != 0 && labels[i + 1] != CrossEntropy.Ignored).Select(i => (long)i)];
        Tensor flat = batch.Hidden.reshape(batch.Padded.Rows * width, -1);
        foreach (long[] part in judged.Chunk(RowsAtOnce))
        {
            using var scope = NewDisposeScope();
            Tensor rows = flat.index_select(0, tensor(part, device: flat.device)).unsqueeze(1);
            Tensor logits = batch.Model.Logits(rows, batch.Input, batch.Pass).squeeze(1);
            Tensor wanted = tensor(part.Select(i => labels[i + 1]).ToArray(), device: flat.device);
            double sum = CrossEntropy.Sum(logits, wanted).item<float>();
            _perplexity.Add(sum, part.Length, logits.argmax(-1).eq(wanted).sum().item<long>());
        }
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("perplexity", _perplexity.Value), ("accuracy", _perplexity.TokenAccuracy)];
}
