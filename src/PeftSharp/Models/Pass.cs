using PeftSharp.Models.Blocks;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// Everything that one forward call knows besides its input: the tuners that are active (for all rows, or row by row)
/// and whether dropout is on. Immutable; the backbone itself has no state that a call could change.
/// </summary>
public sealed class Pass
{
    /// <summary>A pass in which every row runs the same plan.</summary>
    /// <param name="plan">The active tuners.</param>
    /// <param name="training">True to apply dropout.</param>
    public Pass(TunerPlan plan, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Plan = plan;
        Training = training;
        Virtual = plan.Virtual;
    }

    /// <summary>A pass in which row i of the batch runs <c>plans[i]</c>.</summary>
    /// <param name="rows">One plan for each row.</param>
    /// <param name="training">True to apply dropout.</param>
    public Pass(IReadOnlyList<TunerPlan> rows, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Plan = rows.Count > 0 ? rows[0] : TunerPlan.Empty;
        Training = training;
        if (rows.Any(plan => plan.Replica != Plan.Replica))
            throw new PeftException("Rows of one batch run the same layers: an adapter with layer_replication needs a batch of its own.");
        Rows = rows.Any(plan => plan != Plan) ? new RowPlans(rows) : null;
        Virtual = rows.Aggregate(new VirtualCounts(), (most, plan) => most.Max(plan.Virtual));
    }

    private Pass(Pass other, TunerPlan plan, RowPlans? rows, VirtualCounts counts)
    {
        (Plan, Rows, Virtual) = (plan, rows, counts);
        (Training, GradientCheckpointing, Replay, IsHeld) = (other.Training, other.GradientCheckpointing, other.Replay, other.IsHeld);
    }

    /// <summary>Evaluation of the bare backbone.</summary>
    public static Pass Bare { get; } = new(TunerPlan.Empty);

    /// <summary>The same for a part of a call that holds the base.</summary>
    internal static Pass BareHeld { get; } = new(TunerPlan.Empty) { IsHeld = true };

    /// <summary>The active tuners; of the first row where rows differ.</summary>
    public TunerPlan Plan { get; }

    /// <summary>True while training: dropout is applied.</summary>
    public bool Training { get; }

    /// <summary>
    /// True to keep of each layer only its input, and to compute the layer again in the backward (HF's
    /// <c>gradient_checkpointing</c>): less memory, about a third more time, the same gradients. The backward must be
    /// <c>backward()</c>: gradients of what is trained in a layer go straight to their tensors.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>True where rows of the batch run different plans, so that the batch dimension must stay first.</summary>
    public bool IsMixed => Rows is not null;

    /// <summary>
    /// How many virtual tokens stand in front of a sequence: in a cache they take room, and of the model's positions so
    /// many are not free for tokens. In a mixed batch the number of the row that has most.
    /// </summary>
    public int VirtualTokens => Virtual.KeyValues + Virtual.Embedded;

    /// <summary>True if whoever made the pass holds its adapters and the base for as long as it is used.</summary>
    internal bool IsHeld { get; init; }

    /// <summary>What a layer that may be computed again has read of changing state.</summary>
    internal LayerReplay? Replay { get; private init; }

    /// <summary>How many virtual tokens of each kind there are; in a mixed batch the most.</summary>
    internal VirtualCounts Virtual { get; }

    /// <summary>The plans of a mixed batch; null where all rows run one.</summary>
    internal RowPlans? Rows { get; }

    /// <summary>The plans that rows of the batch run, each once.</summary>
    internal IReadOnlyList<TunerPlan> Plans => Rows?.Plans ?? [Plan];

    /// <summary>The value of a parameter in this pass: the frozen tensor, or the copy that stands in for it.</summary>
    /// <returns>A tensor in the dtype of the frozen one; the caller does not dispose it.</returns>
    public Tensor Get(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (Plan.Replacement(parameter) is not { } stored)
            return parameter.Value;
        Tensor copy = parameter.Turned(stored);
        return copy.dtype == parameter.Value.dtype ? copy : copy.to(parameter.Value.dtype);
    }

    /// <summary>The pass of a layer that may be computed again.</summary>
    internal Pass With(LayerReplay replay) => new(this, Plan, Rows, Virtual) { Replay = replay };

    /// <summary>The pass of those rows of a mixed batch that run one plan.</summary>
    internal Pass Alone(TunerPlan plan) => new(this, plan, null, plan.Virtual);

    /// <summary>A value of state that the call changes when it reads it; a layer that is computed again gets the one that it had.</summary>
    internal double Once(Func<double> read) => Replay?.Value(read) ?? read();

    /// <summary>Dropout where the pass trains, else the tensor itself.</summary>
    internal Tensor Dropout(Tensor x, double probability) =>
        Training && probability > 0 ? Kernels.Dropout.Forward(x, probability) : x;

    /// <inheritdoc cref="TunerPlan.Replica"/>
    internal BaseModel? Replica => Plan.Replica;

    /// <summary>True if the last layer may be computed behind its attention for some positions only.</summary>
    internal bool TreatsPositionsApart => !IsMixed && Plan.TreatsPositionsApart;

    /// <summary>True if the tokens may be computed without padding, one row of the batch behind the other.</summary>
    internal bool AllowsUnpadded => !IsMixed && Plan.AllowsUnpadded;

    /// <summary>The row plans, where they differ and touch this node.</summary>
    internal RowPlans? RowsFor(Node node) => Rows is not null && Rows.Touch(node) ? Rows : null;
}
