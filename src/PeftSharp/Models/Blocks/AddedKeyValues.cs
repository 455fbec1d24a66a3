using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The keys and values that the attention tuners of a pass add: to every layer, or to one alone.</summary>
internal sealed class AddedKeyValues
{
    private readonly (TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)[] _all;
    private readonly AttentionRange _range;
    private readonly int? _layer;

    private AddedKeyValues((TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)[] all, AttentionRange range, int? layer)
    {
        _all = all;
        _range = range;
        _layer = layer;
    }

    /// <summary>Those of a pass that reach a stack, computed now.</summary>
    public static AddedKeyValues Of(Pass pass, ScalarType dtype, AttentionRange range) =>
        new([.. pass.Plans.SelectMany(plan => plan.AttentionTuners.Where(range.IsReachedBy).Select(tuner => (plan, tuner, tuner.Rows(pass).to(dtype))))], range, null);

    /// <summary>Each tuner of a plan that reaches a layer, with its (2, heads, count, width) there.</summary>
    public IEnumerable<(IAttentionTuner Tuner, Tensor Part)> At(int layer, TunerPlan plan) =>
        Reaching(layer).Where(one => one.Plan == plan).Select(one => (one.Tuner, Part(one.Tuner, one.Rows, layer)));

    /// <summary>All that a layer reads.</summary>
    public IEnumerable<Tensor> At(int layer) => Reaching(layer).Select(one => Part(one.Tuner, one.Rows, layer));

    /// <summary>How many that are.</summary>
    public int CountOf(int layer) => Reaching(layer).Count();

    /// <summary>The same for one layer alone, with other tensors for those of <see cref="At(int)"/>.</summary>
    public AddedKeyValues With(int layer, IReadOnlyList<Tensor> parts) =>
        new([.. Reaching(layer).Zip(parts, (one, part) => (one.Plan, one.Tuner, part))], _range, layer);

    private IEnumerable<(TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)> Reaching(int layer) =>
        _all.Where(one => one.Tuner.Part(_range.First + layer) is not null);

    private Tensor Part(IAttentionTuner tuner, Tensor rows, int layer) => _layer is null ? rows.select(0, tuner.Part(_range.First + layer)!.Value) : rows;
}
