using PeftSharp.Kernels;
using PeftSharp.Metrics;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// Next tokens. Only judged positions go through the output head, some hundred at a time, so logits over a large vocabulary
/// never exist for a whole batch.
/// </summary>
/// <param name="labelsAhead">How far ahead the label stands that judges a position: 1 in a decoder alone, 0 where the decoder reads the labels one place later.</param>
internal sealed class LanguageModelScores(int labelsAhead) : ITaskScores
{
    private const int RowsAtOnce = 512;

    private readonly Perplexity _perplexity = new();

    public double Loss => _perplexity.MeanNll;

    public void Add(EvaluationBatch batch)
    {
        int width = batch.Padded.LabelWidth;
        long[] labels = batch.Padded.Labels.ToArray();
        long[] judged = [.. Enumerable.Range(0, labels.Length)
            .Where(i => i % width + labelsAhead < width && labels[i + labelsAhead] != CrossEntropy.Ignored).Select(i => (long)i)];
        Tensor flat = batch.Hidden.reshape(batch.Padded.Rows * width, -1);
        foreach (long[] part in judged.Chunk(RowsAtOnce))
        {
            using var scope = NewDisposeScope();
            Tensor rows = flat.index_select(0, tensor(part, device: flat.device)).unsqueeze(1);
            Tensor logits = batch.Model.Logits(rows, batch.Input, batch.Pass).squeeze(1);
            Tensor wanted = tensor(part.Select(i => labels[i + labelsAhead]).ToArray(), device: flat.device);
            double sum = CrossEntropy.Sum(logits, wanted).item<float>();
            _perplexity.Add(sum, part.Length, logits.argmax(-1).eq(wanted).sum().item<long>());
        }
    }

    public IReadOnlyList<(string Name, double Value)> Metrics() =>
        [("perplexity", _perplexity.Value), ("accuracy", _perplexity.TokenAccuracy)];
}
