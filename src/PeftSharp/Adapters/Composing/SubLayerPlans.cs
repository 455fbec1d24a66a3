using PeftSharp.Models.Slots;

namespace PeftSharp.Adapters.Composing;

/// <summary>A composition's tuners behind sub-layers: one for each, whatever the number of adapters.</summary>
internal static class SubLayerPlans
{
    /// <summary>The tuner of each node that has one.</summary>
    /// <exception cref="PeftException">A fusion has nothing for a place where its adapters work.</exception>
    public static IReadOnlyDictionary<int, ISubLayerTuner> Of(Composition composition, Func<string, Adapter> find)
    {
        if (composition.Kind == CompositionKind.Single)
            return find(composition.Name!).SubLayers;
        IReadOnlyDictionary<int, ISubLayerTuner>[] parts = [.. composition.Children.Select(child => Of(child, find))];
        Adapter? fusion = composition.Kind == CompositionKind.Fuse ? find(composition.Name!) : null;
        Dictionary<int, ISubLayerTuner> joined = [];
        foreach (int id in parts.SelectMany(part => part.Keys).Distinct())
        {
            ISubLayerTuner?[] here = [.. parts.Select(part => part.GetValueOrDefault(id))];
            ISubLayerTuner[] present = [.. here.OfType<ISubLayerTuner>()];
            joined[id] = composition.Kind switch
            {
                CompositionKind.Stack => SubLayerStack.Of(present),
                CompositionKind.Average => new SubLayerAverage(here, composition.Numbers),
                CompositionKind.Split => new SubLayerSplit(here, [.. composition.Numbers.Select(size => (int)size)]),
                CompositionKind.Fuse => Join(fusion!, id, present, composition),
                _ => throw new InvalidOperationException($"{composition} differs by row."),
            };
        }
        return joined;
    }

    private static ISubLayerTuner Join(Adapter fusion, int id, IReadOnlyList<ISubLayerTuner> tuners, Composition composition) =>
        fusion.Joins.TryGetValue(id, out ISubLayerJoin? join)
            ? join.Join(tuners)
            : throw new PeftException($"{composition}: the fusion '{fusion.Name}' has nothing for '{fusion.Model.Nodes[id].Path}', where its adapters work; it was made for other adapters.");
}
