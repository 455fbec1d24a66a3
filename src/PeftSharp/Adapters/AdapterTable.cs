using System.Collections.Concurrent;
using System.Collections.Immutable;
using PeftSharp.Models;
using PeftSharp.Tensors;

namespace PeftSharp.Adapters;

/// <summary>The adapters of a model at one moment, what calls without a composition use, and the plans made of them.</summary>
internal sealed class AdapterTable(ImmutableDictionary<string, Adapter> adapters, Composition active, MergedWeights? merged = null)
{
    private readonly ConcurrentDictionary<Composition, TunerPlan> _plans = new();

    public static AdapterTable Empty { get; } = new(ImmutableDictionary<string, Adapter>.Empty, Composition.None);

    public ImmutableDictionary<string, Adapter> Adapters { get; } = adapters;

    public Composition Active { get; } = active;

    /// <summary>What calls without a composition run on, while the model is merged.</summary>
    public MergedWeights? Merged { get; } = merged;

    /// <summary>All that a call may use.</summary>
    public UseCount[] Owners { get; } = merged is null
        ? [.. adapters.Values.Select(adapter => adapter.Users)]
        : [.. adapters.Values.Select(adapter => adapter.Users), merged.Users];

    public AdapterTable With(ImmutableDictionary<string, Adapter> changed) => new(changed, Active, Merged);

    public AdapterTable With(Composition changed) => new(Adapters, changed, Merged);

    public AdapterTable With(MergedWeights? changed) => new(Adapters, Active, changed);

    /// <exception cref="AdapterNotFoundException">There is none of that name.</exception>
    public Adapter Find(string name) =>
        Adapters.TryGetValue(name, out Adapter? adapter) ? adapter : throw new AdapterNotFoundException(name, Adapters.Keys);

    /// <inheritdoc cref="PeftModel.Pass"/>
    public Pass Pass(Composition? composition, bool training, bool gradientCheckpointing, bool isHeld)
    {
        if (composition is null && Merged is not null)
            return new Pass(Merged.Plan, training) { GradientCheckpointing = gradientCheckpointing, IsHeld = isHeld };
        composition ??= Active;
        if (composition.HasParallel())
            throw new PeftException($"{composition} repeats the batch, which only PeftModel.Forward does.");
        return PassOf(composition, composition.BatchOf() ?? 1, training, gradientCheckpointing, isHeld);
    }

    public Pass PassOf(Composition composition, int batch, bool training, bool gradientCheckpointing, bool isHeld) =>
        composition.Expand(batch) is { } rows
            ? new Pass([.. rows.Select(PlanOf)], training) { GradientCheckpointing = gradientCheckpointing, IsHeld = isHeld }
            : new Pass(PlanOf(composition), training) { GradientCheckpointing = gradientCheckpointing, IsHeld = isHeld };

    /// <summary>The plan of a composition that is the same for all rows.</summary>
    private TunerPlan PlanOf(Composition composition) =>
        composition == Composition.None ? TunerPlan.Empty : _plans.GetOrAdd(composition, one => AdapterPlans.Combine(one, Find));
}
