using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>The forward and backward passes of one optimizer step.</summary>
internal sealed class StepRunner : IDisposable
{
    private readonly ITrainingHook? _hook;
    private readonly IReadOnlyList<EncodedExample> _examples;
    private readonly Tensor[] _trainable;
    private readonly PartRunner[] _runners;
    private readonly Lanes? _lanes;
    private FrozenLayerCache? _frozen;

    /// <param name="model">The model.</param>
    /// <param name="adapter">The adapter that trains.</param>
    /// <param name="data">The examples.</param>
    /// <param name="options">The settings.</param>
    /// <param name="pass">The pass of every step, where the caller holds what it refers to; null makes one.</param>
    public StepRunner(PeftModel model, Adapter adapter, TrainingData data, TrainingOptions options, Pass? pass = null)
    {
        pass ??= model.Pass(Composition.Of(adapter.Name), training: true, options.Memory.GradientCheckpointing);
        _hook = adapter.Hook;
        _examples = data.Train;
        _trainable = [.. adapter.Trainable.Select(tensor => tensor.Value)];
        PartRunner first = new(model.Base, pass, data, options);
        bool halves = model.Base.Device.type == TorchSharp.DeviceType.CPU && !first.Pass.Plan.ChangesByUse;
        _lanes = halves ? Lanes.Open() : null;
        _runners = _lanes is null ? [first] : [first, new PartRunner(model.Base, pass, data, options)];
    }

    /// <summary>The pass of every step.</summary>
    public Pass Pass => _runners[0].Pass;

    /// <summary>From now on takes the lowest layers from a cache, which it disposes.</summary>
    public void Use(FrozenLayerCache frozen)
    {
        _frozen = frozen;
        foreach (PartRunner runner in _runners)
            runner.Frozen = frozen;
    }

    /// <summary>Leaves in the trainable tensors the gradient of the loss summed over all labels of the step.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="parts">Its micro-batches.</param>
    /// <param name="isNotFinite">Makes the error for a micro-batch (from 0) whose loss is no number; the gradients are then of no use.</param>
    public StepOutcome Run(long step, IReadOnlyList<int[]> parts, Func<int, double, Exception> isNotFinite)
    {
        StepOutcome outcome = default;
        for (int part = 0; part < parts.Count; part++)
        {
            int number = part;
            Exception Failure(double loss) => isNotFinite(number, loss);
            outcome += _lanes is not null && parts[part].Length > 1
                ? InLanes(_lanes, step, part, parts[part], Failure)
                : _runners[0].Run(step, part, lane: 0, parts[part], Failure);
        }
        return outcome.Labels > 0 ? AddPenalty(outcome) : outcome;
    }

    public void Dispose()
    {
        _lanes?.Dispose();
        _frozen?.Dispose();
    }

    private StepOutcome InLanes(Lanes lanes, long step, int part, int[] rows, Func<double, Exception> isNotFinite)
    {
        int[][] halves = Halves.Of(rows, row => _examples[row].Length);
        var outcomes = new StepOutcome[halves.Length];
        // With those of earlier micro-batches in the sum, it would depend on which lane comes first.
        Tensor?[] earlier = part > 0 ? TakeGradients() : [];
        lanes.Run(lane => outcomes[lane] = _runners[lane].Run(step, part, lane, halves[lane], isNotFinite));
        AddGradients(earlier);
        return outcomes[0] + outcomes[1];
    }

    private Tensor?[] TakeGradients()
    {
        Tensor?[] taken = [.. _trainable.Select(tensor => tensor.grad)];
        foreach (Tensor tensor in _trainable)
            tensor.grad = null;
        return taken;
    }

    private void AddGradients(Tensor?[] earlier)
    {
        using var noGrad = no_grad();
        for (int i = 0; i < earlier.Length; i++)
        {
            using Tensor? before = earlier[i];
            if (before is null)
                continue;
            using Tensor? now = _trainable[i].grad;
            if (now is not null)
                before.PlusInPlace(now);
            _trainable[i].grad = before;
        }
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
}
