using PeftSharp.Adapters.Composing;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>Makes one plan of several adapters.</summary>
internal static class AdapterPlans
{
    /// <summary>
    /// The tuners of each slot in the order of the adapters, innermost first; where two adapters replace the same
    /// parameter the later one does.
    /// </summary>
    public static TunerPlan Combine(IReadOnlyList<Adapter> adapters)
    {
        Dictionary<string, Adapter> byName = adapters.ToDictionary(adapter => adapter.Name, StringComparer.Ordinal);
        return Combine(Composition.Stacked([.. byName.Keys]), name => byName[name]);
    }

    /// <summary>The plan of a composition that is the same for all rows.</summary>
    /// <param name="composition">Free of rows, batch splits and parallels.</param>
    /// <param name="find">The adapter of a name.</param>
    /// <exception cref="PeftException">A kind of composition has no meaning for the methods in it.</exception>
    public static TunerPlan Combine(Composition composition, Func<string, Adapter> find)
    {
        composition = Joined(composition, find);
        Adapter[] all = [.. composition.Names.Select(find)];
        Dictionary<int, Tensor> replaced = [];
        foreach (Adapter adapter in all)
            foreach ((int id, Tensor value) in adapter.Replaced)
                replaced[id] = value;
        return new TunerPlan(
            LinearPlans.Of(composition, find),
            Chains(all.Select(adapter => adapter.Slots.Embedding)),
            replaced,
            [.. all.SelectMany(adapter => adapter.Slots.Front)],
            [.. all.SelectMany(adapter => adapter.Slots.Attention)],
            SubLayerPlans.Of(composition, find),
            Chains(all.Select(adapter => adapter.Slots.Stream)))
        {
            Owners = [.. all.Select(adapter => adapter.Users)],
            Replica = ReplicaOf(all),
        };
    }

    /// <summary>The model whose nodes the adapters name, where that is not the base.</summary>
    private static BaseModel? ReplicaOf(Adapter[] all) => all.Select(adapter => adapter.Model).Distinct().ToArray() switch
    {
        [] => null,
        [var only] => only.IsReplica ? only : null,
        _ => throw new PeftException($"{string.Join(", ", all.Select(adapter => $"'{adapter.Name}'"))} do not run the same layers (layer_replication), so they cannot work together."),
    };

    /// <summary>A fusion alone stands for its adapters fused.</summary>
    private static Composition Joined(Composition composition, Func<string, Adapter> find) =>
        composition.Kind switch
        {
            CompositionKind.Single => find(composition.Name!).Joined is { Count: > 0 } names
                ? Composition.FuseBy(composition.Name!, [.. names])
                : composition,
            CompositionKind.Fuse => composition,
            _ => composition.With([.. composition.Children.Select(child => Joined(child, find))]),
        };

    /// <summary>The chains of each node, one after another.</summary>
    internal static IEnumerable<KeyValuePair<int, T[]>> Chains<T>(IEnumerable<IReadOnlyDictionary<int, T[]>> parts) =>
        parts
            .SelectMany(part => part)
            .GroupBy(pair => pair.Key, pair => pair.Value)
            .Select(group => KeyValuePair.Create(group.Key, group.SelectMany(chain => chain).ToArray()));
}
