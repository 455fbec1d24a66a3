using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>The forward and backward pass of some rows, on one thread at a time.</summary>
internal sealed class PartRunner
{
    // Keeps the streams of dropout apart from those of the data's order, which use the seed itself.
    private const ulong DropoutStream = 0x64726F706F757400;

    private readonly BaseModel _model;
    private readonly IReadOnlyList<EncodedExample> _examples;
    private readonly BatchMaker _maker;
    private readonly ulong _seed;
    private readonly double _labelSmoothing;

    /// <param name="model">The model.</param>
    /// <param name="pass">The pass of every step.</param>
    /// <param name="data">The examples.</param>
    /// <param name="options">The settings.</param>
    public PartRunner(BaseModel model, Pass pass, TrainingData data, TrainingOptions options)
    {
        _model = model;
        Pass = pass;
        _examples = data.Train;
        _maker = new BatchMaker(model, data.PaddingId, data.Padding);
        _seed = unchecked((ulong)options.Seed) ^ DropoutStream;
        _labelSmoothing = options.LabelSmoothing;
    }

    /// <summary>The pass of every step.</summary>
    public Pass Pass { get; }

    /// <summary>Where the lowest layers come from, if not from the model.</summary>
    public FrozenLayerCache? Frozen { get; set; }

    /// <summary>Adds to the trainable tensors' gradients that of the loss summed over the rows' labels.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="part">The micro-batch, from 0.</param>
    /// <param name="lane">Which half of it this is.</param>
    /// <param name="rows">The examples.</param>
    /// <param name="isNotFinite">Makes the error for a mean loss that is no number.</param>
    public StepOutcome Run(long step, int part, int lane, int[] rows, Func<double, Exception> isNotFinite)
    {
        using var scope = NewDisposeScope();
        using Draws.Own draws = Draws.From(SeedOf(step, part, lane));
        PaddedBatch batch = _maker.Make(_examples, rows);
        ModelInput input = BatchTensors.Input(batch, _model.Device);
        LossSum loss = _model.Loss(
            input, BatchTensors.Labels(batch, _model.Device, _labelSmoothing), Pass, Frozen?.Begin(input, rows) ?? default);
        double sum = loss.Sum.item<float>();
        if (!double.IsFinite(sum))
            throw isNotFinite(sum / Math.Max(1, loss.Count));
        // A sum over no labels has no graph.
        if (loss.Count > 0)
        {
            loss.Sum.backward();
            GraphNode.EndBackward();
        }
        return new StepOutcome(sum, loss.Count, batch.TokenCount);
    }

    /// <summary>Every half of every micro-batch draws numbers of its own.</summary>
    private long SeedOf(long step, int part, int lane) =>
        unchecked((long)new CounterRandom(_seed, (ulong)step) { Position = (ulong)(part * Lanes.Count + lane) }.Next());
}
