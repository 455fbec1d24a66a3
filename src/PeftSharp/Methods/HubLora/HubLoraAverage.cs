using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubLora;

/// <summary>AdapterHub's ways of making one LoRA adapter of several, other than averaging A and B each for itself.</summary>
internal static class HubLoraAverage
{
    /// <summary>B weighted as it is, A with the weights' sizes: a negative weight takes a delta away.</summary>
    public const string NegateB = "lora_linear_only_negate_b";

    /// <summary>A decomposition of Σ wᵢ Bᵢ Aᵢ: A = Vᵀ, B = U S.</summary>
    public const string Svd = "lora_delta_w_svd";

    /// <summary>The combined adapter.</summary>
    /// <param name="adapters">LoRA adapters with the same layers.</param>
    /// <param name="name">Its name.</param>
    /// <param name="weights">One for each, as they are to be used.</param>
    /// <param name="strategy"><see cref="NegateB"/> or <see cref="Svd"/>.</param>
    /// <param name="rank">The rank of <see cref="Svd"/>; null keeps the first adapter's.</param>
    /// <exception cref="PeftException">The strategy is not known, or the adapters are none that it is for.</exception>
    public static Adapter Of(IReadOnlyList<Adapter> adapters, string name, IReadOnlyList<double> weights, string strategy, int? rank)
    {
        if (strategy is not (NegateB or Svd))
            throw new PeftException($"combine strategy '{strategy}' is not known; it is linear, {NegateB} or {Svd}.");
        foreach (Adapter adapter in adapters)
            if (adapter.Options is not HubLoraOptions { Scales: false, IsVera: false, UseGating: false })
                throw new PeftException($"'{adapter.Name}' ({adapter.Options.PeftType}) is no plain LoRA adapter of AdapterHub, and {strategy} is for those; use linear.");
        HubLoraOptions first = (HubLoraOptions)adapters[0].Options;
        HubLoraOptions options = strategy == Svd ? first with { R = rank ?? first.R } : first;
        Adapter combined = PeftMethods.Build(adapters[0].Model, options, name, seed: 0);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (TrainableTensor a in combined.Trainable.Where(tensor => tensor.Key.EndsWith(".lora_A", StringComparison.Ordinal)))
        {
            string pathOfB = $"{a.Key[..^1]}B";
            Tensor b = combined.Trainable.First(tensor => tensor.Key == pathOfB).Value;
            (Tensor A, Tensor B)[] parts = [.. adapters.Select(adapter => (Find(adapter, a.Key), Find(adapter, pathOfB)))];
            (Tensor newA, Tensor newB) = strategy == Svd
                ? Decompose([.. parts.Select((part, i) => part.B.matmul(part.A).Times(weights[i]))], a.Value.shape[0])
                : (Sum([.. parts.Select((part, i) => part.A.Times(Math.Abs(weights[i])))]), Sum([.. parts.Select((part, i) => part.B.Times(weights[i]))]));
            a.Value.copy_(newA);
            b.copy_(newB);
        }
        return combined;
    }

    private static (Tensor A, Tensor B) Decompose(Tensor[] deltas, long rank)
    {
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(Sum(deltas), fullMatrices: false);
        if (rank > s.shape[0])
            throw new PeftException($"A rank of {rank} is more than the {s.shape[0]} of the layers; give a smaller svd_rank.");
        return (vh.narrow(0, 0, rank), u.narrow(1, 0, rank).mul(s.narrow(0, 0, rank)));
    }

    private static Tensor Sum(Tensor[] parts) => parts.Aggregate((sum, part) => sum.Plus(part));

    private static Tensor Find(Adapter adapter, string key) =>
        adapter.Trainable.FirstOrDefault(tensor => tensor.Key == key)?.Value
        ?? throw new PeftException($"'{adapter.Name}' has no '{key}': only adapters of the same layers can be combined.");
}
