using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>Runs the backbone over examples, longest first so that a batch pads little, without a graph and without dropout.</summary>
internal static class EvaluationLoop
{
    /// <summary>Gives each batch to <paramref name="batch"/>; nothing of it outlives the call.</summary>
    /// <returns>The plan, whose <see cref="BatchPlan.Restore"/> puts results in the order of the examples.</returns>
    public static BatchPlan Run(
        PeftModel model, Composition? composition, IReadOnlyList<EncodedExample> examples, int batchSize, long paddingId,
        PaddingSide padding, Action<EvaluationBatch> batch, CancellationToken cancellation)
    {
        BatchMaker maker = new(model.Base, paddingId, padding);
        BatchPlan plan = BatchPlan.ForEvaluation(examples.Select(example => example.Length).ToArray(), batchSize);
        using AdapterHold hold = model.Hold();
        Pass pass = hold.Pass(composition);
        using var noGrad = no_grad();
        for (int i = 0; i < plan.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            PaddedBatch padded = maker.Make(examples, plan[i]);
            ModelInput input = BatchTensors.Input(padded, model.Base.Device);
            if (model.Base.Task == TaskType.SequenceToSequence && padded.LabelWidth > 0)
                input = input with { DecoderInputIds = model.Base.DecoderInputIds(BatchTensors.Labels(padded, model.Base.Device).Labels!) };
            batch(new EvaluationBatch(model.Base, pass, padded, input, model.Base.HeadInput(input, pass)));
        }
        return plan;
    }
}
