using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.HubLora;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Averaging;

/// <summary>One adapter out of several of the same shape: θ = Σ wᵢ θᵢ, tensor by tensor.</summary>
internal static class AdapterAverage
{
    /// <summary>The averaged adapter.</summary>
    /// <param name="adapters">At least one, of one method and one shape.</param>
    /// <param name="name">Its name.</param>
    /// <param name="weights">One for each; null weighs all alike.</param>
    /// <param name="normalize">Whether the weights are scaled to sum up to 1.</param>
    /// <param name="strategy"><c>linear</c>, or one of <see cref="HubLoraAverage"/>.</param>
    /// <param name="svdRank">The rank of a decomposition.</param>
    /// <exception cref="PeftException">The adapters differ in method or shape, or the weights cannot be used.</exception>
    public static Adapter Of(IReadOnlyList<Adapter> adapters, string name, IReadOnlyList<double>? weights, bool normalize, string strategy, int? svdRank)
    {
        if (adapters.Count == 0)
            throw new PeftException("An average needs at least one adapter.");
        weights ??= [.. adapters.Select(_ => 1.0)];
        double sum = weights.Sum();
        if (weights.Count != adapters.Count || weights.Any(weight => !double.IsFinite(weight)) || (normalize && sum == 0))
            throw new PeftException($"An average of {adapters.Count} adapters needs as many finite weights, with a sum other than 0 where they are normalised.");
        if (normalize)
            weights = [.. weights.Select(weight => weight / sum)];
        if (strategy != "linear")
            return HubLoraAverage.Of(adapters, name, weights, strategy, svdRank);
        foreach (Adapter adapter in adapters)
            Compare(adapters[0], adapter);
        Adapter average = PeftMethods.Build(adapters[0].Model, adapters[0].Options, name, seed: 0);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (int i = 0; i < average.Trainable.Count; i++)
            Fill(average.Trainable[i].Value, [.. adapters.Select(adapter => adapter.Trainable[i].Value)]);
        for (int i = 0; i < average.Frozen.Count; i++)
            Fill(average.Frozen[i].Value, [.. adapters.Select(adapter => adapter.Frozen[i].Value)]);
        return average;

        void Fill(Tensor into, Tensor[] values)
        {
            into.zero_();
            for (int i = 0; i < values.Length; i++)
                into.PlusInPlace(values[i].Times(weights[i]));
        }
    }

    private static void Compare(Adapter first, Adapter other)
    {
        if (other.Options.PeftType != first.Options.PeftType)
            throw new PeftException($"'{first.Name}' is {first.Options.PeftType} and '{other.Name}' is {other.Options.PeftType}: only adapters of one method have an average.");
        string[] shapes = Shapes(first), others = Shapes(other);
        int differs = Enumerable.Range(0, Math.Max(shapes.Length, others.Length)).FirstOrDefault(
            i => i >= shapes.Length || i >= others.Length || shapes[i] != others[i], -1);
        if (differs >= 0)
            throw new PeftException(
                $"'{first.Name}' and '{other.Name}' differ in shape: {shapes.ElementAtOrDefault(differs) ?? "nothing"} and {others.ElementAtOrDefault(differs) ?? "nothing"}; only adapters of one shape have an average.");
    }

    private static string[] Shapes(Adapter adapter) =>
        [.. adapter.Trainable.Select(tensor => $"{tensor.Key} [{string.Join(", ", tensor.Value.shape)}]")];
}
