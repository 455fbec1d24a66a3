using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The keys and values that the attention tuners of a pass add: to every layer, or to one alone.</summary>
internal sealed class AddedKeyValues
{
    private readonly (TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)[] _all;
    private readonly int? _layer;

    private AddedKeyValues((TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)[] all, int? layer)
    {
        _all = all;
        _layer = layer;
    }

    /// <summary>Those of a pass, computed now.</summary>
    public static AddedKeyValues Of(Pass pass, ScalarType dtype) =>
        new([.. pass.Plans.SelectMany(plan => plan.AttentionTuners.Select(tuner => (plan, tuner, tuner.Rows(pass).to(dtype))))], null);

    /// <summary>Each tuner of a plan that reaches a layer, with its (2, heads, count, width) there.</summary>
    public IEnumerable<(IAttentionTuner Tuner, Tensor Part)> At(int layer, TunerPlan plan) =>
        Reaching(layer).Where(one => one.Plan == plan).Select(one => (one.Tuner, Part(one.Tuner, one.Rows, layer)));

    /// <summary>All that a layer reads.</summary>
    public IEnumerable<Tensor> At(int layer) => Reaching(layer).Select(one => Part(one.Tuner, one.Rows, layer));

    /// <summary>The same for one layer alone, with other tensors for those of <see cref="At(int)"/>.</summary>
    public AddedKeyValues With(int layer, IReadOnlyList<Tensor> parts) =>
        new([.. Reaching(layer).Zip(parts, (one, part) => (one.Plan, one.Tuner, part))], layer);

    private IEnumerable<(TunerPlan Plan, IAttentionTuner Tuner, Tensor Rows)> Reaching(int layer) =>
        _all.Where(one => one.Tuner.Part(layer) is not null);

    private Tensor Part(IAttentionTuner tuner, Tensor rows, int layer) => _layer is null ? rows.select(0, tuner.Part(layer)!.Value) : rows;
}
