using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora.Combining;

/// <summary>
/// Arithmetic of task vectors: a weighted sum of tensors of one shape, after pruning (TIES: Yadav et al. 2023,
/// arXiv:2306.01708; DARE: Yu et al. 2023, arXiv:2311.03099).
/// </summary>
internal sealed class TaskVectors(string type, double density, string majoritySignMethod, Generator random)
{
    /// <summary>The types, without the ending <c>_svd</c>, that combine tensors of one shape.</summary>
    public static IReadOnlyList<string> Types { get; } = ["linear", "ties", "dare_linear", "dare_ties", "magnitude_prune"];

    /// <summary>True for the types that need a density.</summary>
    public static bool Prunes(string type) => type != "linear";

    /// <summary>Combines tensors of one shape.</summary>
    public Tensor Combine(IReadOnlyList<Tensor> tensors, IReadOnlyList<double> weights) => type switch
    {
        "linear" => Sum(tensors, weights),
        "magnitude_prune" => Sum([.. tensors.Select(KeepLargest)], weights),
        "dare_linear" => Sum([.. tensors.Select(DropAndRescale)], weights),
        "ties" => Elect([.. tensors.Select(KeepLargest)], weights),
        _ => Elect([.. tensors.Select(DropAndRescale)], weights),
    };

    /// <summary>Σ wᵢ tᵢ.</summary>
    private static Tensor Sum(IReadOnlyList<Tensor> tensors, IReadOnlyList<double> weights)
    {
        Tensor sum = zeros_like(tensors[0]);
        for (int i = 0; i < tensors.Count; i++)
            sum = sum.Plus(tensors[i].Times(weights[i]));
        return sum;
    }

    /// <summary>The mean, place by place, of the wᵢ tᵢ whose tᵢ has the sign that the majority has.</summary>
    private Tensor Elect(IReadOnlyList<Tensor> tensors, IReadOnlyList<double> weights)
    {
        Tensor all = stack(tensors);
        Tensor votes = (majoritySignMethod == "frequency" ? all.sign() : all).sum([0]);
        Tensor majority = votes.NotBelow(0).to(ScalarType.Float32).Times(2).Plus(-1);
        Tensor agrees = all.sign().eq(majority).to(ScalarType.Float32);
        Tensor weighted = stack([.. tensors.Select((tensor, i) => tensor.Times(weights[i]))]);
        return weighted.mul(agrees).sum([0]).div(agrees.sum([0]).AtLeastInPlace(1));
    }

    private Tensor KeepLargest(Tensor tensor)
    {
        if (density >= 1)
            return tensor;
        Tensor flat = tensor.reshape(-1);
        int kept = (int)(density * flat.numel());
        (_, Tensor places) = flat.abs().topk(kept);
        Tensor mask = zeros_like(flat).scatter(0, places, ones_like(places, flat.dtype));
        return flat.mul(mask).view(tensor.shape);
    }

    private Tensor DropAndRescale(Tensor tensor)
    {
        if (density >= 1)
            return tensor;
        Tensor kept = rand(tensor.shape, generator: random).Below(density).to(ScalarType.Float32);
        return tensor.mul(kept).DividedBy(density);
    }
}
