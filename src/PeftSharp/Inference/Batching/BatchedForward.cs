using System.Runtime.InteropServices;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Training;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Batching;

/// <summary>What a batch gave for one of its texts.</summary>
/// <param name="index">The text's number among all.</param>
/// <param name="values">The row of the output, fp32, as flat as it lies in memory.</param>
internal delegate void RowResult(int index, ReadOnlySpan<float> values);

/// <summary>
/// Runs any number of encoded texts through a model: like lengths together, longest first, so that little is padding.
/// Safe for many threads.
/// </summary>
internal sealed class BatchedForward(InferenceModel model, int batchSize)
{
    private readonly Collator _collator = new(model.PaddingId);

    /// <summary>Runs the texts and hands out the rows of the outputs, in no particular order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="composition">The adapters; null for the active ones; one a text for a mixed batch.</param>
    /// <param name="forward">From a batch to an output of as many rows.</param>
    /// <param name="result">Given each row.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <exception cref="PeftException">The outputs are not numbers.</exception>
    public void Run(
        IReadOnlyList<EncodedExample> texts, Composition? composition, Func<ModelInput, Pass, Tensor> forward, RowResult result,
        CancellationToken cancellationToken)
    {
        using AdapterHold hold = model.Model.Hold();
        Composition? chosen = composition ?? (hold.IsMerged ? null : hold.Active);
        BatchPlan plan = BatchPlan.ForEvaluation(texts.Select(text => text.Length).ToArray(), batchSize);
        PaddedBatch batch = new();
        using var noGrad = no_grad();
        for (int i = 0; i < plan.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            _collator.Collate(texts, plan[i], batch);
            Pass pass = hold.Pass(chosen?.Select(texts.Count, plan[i]));
            Tensor output = forward(BatchTensors.Input(batch, model.Model.Base.Device), pass).to(ScalarType.Float32).cpu().contiguous();
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(output.bytes);
            UsableNumbers.Require(values);
            int width = values.Length / batch.Rows;
            for (int row = 0; row < batch.Rows; row++)
                result(plan[i][row], values.Slice(row * width, width));
        }
    }
}
