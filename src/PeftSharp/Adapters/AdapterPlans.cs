using PeftSharp.Models;
using PeftSharp.Models.Slots;
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
        Dictionary<int, Tensor> replaced = [];
        foreach (Adapter adapter in adapters)
            foreach ((int id, Tensor value) in adapter.Replaced)
                replaced[id] = value;
        return new TunerPlan(
            Chains<ILinearTuner>(adapters.Select(adapter => adapter.Slots.Linear)),
            Chains<IEmbeddingTuner>(adapters.Select(adapter => adapter.Slots.Embedding)),
            replaced,
            [.. adapters.SelectMany(adapter => adapter.Slots.Front)],
            [.. adapters.SelectMany(adapter => adapter.Slots.Attention)]);
    }

    private static IEnumerable<KeyValuePair<int, T[]>> Chains<T>(IEnumerable<IReadOnlyDictionary<int, T[]>> parts) =>
        parts
            .SelectMany(part => part)
            .GroupBy(pair => pair.Key, pair => pair.Value)
            .Select(group => KeyValuePair.Create(group.Key, group.SelectMany(chain => chain).ToArray()));
}
