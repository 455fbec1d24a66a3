using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>The values with which A and B start (HF PEFT's tuners/lora/layer.py).</summary>
internal static class LoraInitializer
{
    /// <summary>A (r, in) and B (out, r) for a weight (out, in).</summary>
    public static (Tensor A, Tensor B) Linear(Generator random, Tensor weight, int rank, LoraInit init, double scale)
    {
        (long outFeatures, long inFeatures) = (weight.shape[0], weight.shape[1]);
        if (init.Kind == LoraInitKind.Pissa)
            return Pissa(random, weight, rank, init.Iterations, scale);
        Tensor a = init.Kind == LoraInitKind.Gaussian
            ? InitialValues.Normal(random, 1.0 / rank, rank, inFeatures)
            : InitialValues.Kaiming(random, rank, inFeatures);
        Tensor b = init.Kind == LoraInitKind.Random
            ? InitialValues.Kaiming(random, outFeatures, rank)
            : zeros([outFeatures, rank]);
        return (a.to(weight.device), b.to(weight.device));
    }

    /// <summary>A (r, rows) and B (width, r) for a table (rows, width): here A is zero and B normal.</summary>
    public static (Tensor A, Tensor B) Embedding(Generator random, Tensor table, int rank, LoraInit init)
    {
        Tensor a = init.Kind == LoraInitKind.Random ? InitialValues.Normal(random, 1, rank, table.shape[0]) : zeros([rank, table.shape[0]]);
        return (a.to(table.device), InitialValues.Normal(random, 1, table.shape[1], rank).to(table.device));
    }

    /// <summary>W ≈ U S Vᵀ: A = √(S/s) Vᵀ, B = U √(S/s) for the r largest singular values, so that s·B·A is their part of W.</summary>
    private static (Tensor A, Tensor B) Pissa(Generator random, Tensor weight, int rank, int iterations, double scale)
    {
        if (rank > Math.Min(weight.shape[0], weight.shape[1]))
            throw new PeftException($"init_lora_weights \"pissa\" needs r ≤ {Math.Min(weight.shape[0], weight.shape[1])} for a weight of {weight.shape[0]}×{weight.shape[1]}; r is {rank}.");
        (Tensor u, Tensor s, Tensor vh) = iterations == 0
            ? linalg.svd(weight, fullMatrices: false)
            : Approximate(random, weight, rank, iterations);
        Tensor root = s.narrow(0, 0, rank).DividedBy(scale).sqrt();
        Tensor a = root.unsqueeze(1).mul(vh.narrow(0, 0, rank));
        Tensor b = u.narrow(1, 0, rank).mul(root.unsqueeze(0));
        return (a, b);
    }

    /// <summary>Randomised subspace iteration (Halko, Martinsson, Tropp 2011).</summary>
    private static (Tensor U, Tensor S, Tensor Vh) Approximate(Generator random, Tensor weight, int rank, int iterations)
    {
        Tensor q = linalg.qr(weight.matmul(InitialValues.Normal(random, 1, weight.shape[1], rank).to(weight.device))).Q;
        for (int i = 0; i < iterations; i++)
        {
            q = linalg.qr(weight.t().matmul(q)).Q;
            q = linalg.qr(weight.matmul(q)).Q;
        }
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(q.t().matmul(weight), fullMatrices: false);
        return (q.matmul(u), s, vh);
    }
}
