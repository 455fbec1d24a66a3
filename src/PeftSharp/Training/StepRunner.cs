using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>The forward and backward passes of one optimizer step.</summary>
internal sealed class StepRunner : IDisposable
{
    // Keeps the streams of dropout apart from those of the data's order, which use the seed itself.
    private const ulong DropoutStream = 0x64726F706F757400;

    private readonly BaseModel _model;
    private readonly Pass _pass;
    private readonly ITrainingHook? _hook;
    private readonly IReadOnlyList<EncodedExample> _examples;
    private readonly BatchMaker _maker;
    private readonly ulong _seed;
    private readonly double _labelSmoothing;
    private FrozenLayerCache? _frozen;

    public StepRunner(PeftModel model, Adapter adapter, TrainingData data, TrainingOptions options)
    {
        _model = model.Base;
        _pass = model.Pass(Composition.Of(adapter.Name), training: true, options.Memory.GradientCheckpointing);
        _hook = adapter.Hook;
        _examples = data.Train;
        _maker = new BatchMaker(model.Base, data.PaddingId, data.Padding);
        _seed = unchecked((ulong)options.Seed) ^ DropoutStream;
        _labelSmoothing = options.LabelSmoothing;
    }

    /// <summary>From now on takes the lowest layers from a cache, which it disposes.</summary>
    public void Use(FrozenLayerCache frozen) => _frozen = frozen;

    /// <summary>The pass of every step.</summary>
    public Pass Pass => _pass;

    public void Dispose() => _frozen?.Dispose();

    /// <summary>Leaves in the trainable tensors the gradient of the loss summed over all labels of the step.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="parts">Its micro-batches.</param>
    /// <param name="isNotFinite">Makes the error for a micro-batch (from 0) whose loss is no number; the gradients are then of no use.</param>
    public StepOutcome Run(long step, IReadOnlyList<int[]> parts, Func<int, double, Exception> isNotFinite)
    {
        StepOutcome outcome = default;
        for (int part = 0; part < parts.Count; part++)
        {
            using var scope = NewDisposeScope();
            manual_seed(SeedOf(step, part)).Dispose();
            PaddedBatch batch = _maker.Make(_examples, parts[part]);
            ModelInput input = BatchTensors.Input(batch, _model.Device);
            LossSum loss = _model.Loss(
                input, BatchTensors.Labels(batch, _model.Device, _labelSmoothing), _pass, _frozen?.Begin(input, parts[part]) ?? default);
            double sum = loss.Sum.item<float>();
            if (!double.IsFinite(sum))
                throw isNotFinite(part, sum / Math.Max(1, loss.Count));
            // A sum over no labels has no graph.
            if (loss.Count > 0)
            {
                loss.Sum.backward();
                GraphNode.EndBackward();
            }
            outcome = new StepOutcome(outcome.LossSum + sum, outcome.Labels + loss.Count, outcome.Tokens + batch.TokenCount);
        }
        return outcome.Labels > 0 ? AddPenalty(outcome) : outcome;
    }

    /// <summary>What the method adds to the mean loss, once a step, as a part of the sum.</summary>
    private StepOutcome AddPenalty(StepOutcome outcome)
    {
        using var scope = NewDisposeScope();
        if (_hook?.Penalty() is not { } penalty)
            return outcome;
        Tensor share = penalty.Times(outcome.Labels);
        share.backward();
        return outcome with { LossSum = outcome.LossSum + share.item<float>() };
    }

    private long SeedOf(long step, int part) =>
        unchecked((long)new CounterRandom(_seed, (ulong)step) { Position = (ulong)part }.Next());
}

/// <summary>What a step summed up.</summary>
/// <param name="LossSum">The loss over all its labels.</param>
/// <param name="Labels">How many those are.</param>
/// <param name="Tokens">Its tokens, without padding.</param>
internal readonly record struct StepOutcome(double LossSum, long Labels, long Tokens);
