using PeftSharp.Models.Slots;

namespace PeftSharp.Adapters.Composing;

/// <summary>A composition's tuners of linear layers.</summary>
internal static class LinearPlans
{
    /// <summary>The chain of each node, innermost first.</summary>
    /// <exception cref="PeftException">A kind of composition has no meaning for these tuners.</exception>
    public static IReadOnlyDictionary<int, ILinearTuner[]> Of(Composition composition, Func<string, Adapter> find)
    {
        if (composition.Kind == CompositionKind.Single)
            return find(composition.Name!).Slots.Linear;
        IReadOnlyDictionary<int, ILinearTuner[]>[] parts = [.. composition.Children.Select(child => Of(child, find))];
        if (parts.All(part => part.Count == 0))
            return new Dictionary<int, ILinearTuner[]>();
        return composition.Kind switch
        {
            CompositionKind.Stack => AdapterPlans.Chains(parts).ToDictionary(),
            CompositionKind.Average => parts
                .SelectMany(part => part.Keys)
                .Distinct()
                .ToDictionary(id => id, id => (ILinearTuner[])
                    [new LinearAverage([.. parts.Select(part => part.GetValueOrDefault(id) ?? [])], composition.Numbers)]),
            _ => throw new PeftException(
                $"{composition}: {composition.Kind} is for bottleneck adapters, and some of these work inside linear layers (LoRA and its like); use Stack, Average, BatchSplit or Parallel."),
        };
    }
}
