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
        if (init.TakesFromBase)
            return WeightStart.Of(random, weight, rank, init, scale);
        (Tensor a, Tensor b) = init.Kind switch
        {
            LoraInitKind.Gaussian => (InitialValues.Normal(random, 1.0 / rank, rank, inFeatures), zeros([outFeatures, rank])),
            LoraInitKind.Random => (InitialValues.Kaiming(random, rank, inFeatures), InitialValues.Kaiming(random, outFeatures, rank)),
            LoraInitKind.Orthogonal => Orthogonal(random, outFeatures, inFeatures, rank),
            _ => (InitialValues.Kaiming(random, rank, inFeatures), zeros([outFeatures, rank])),
        };
        return (a.to(weight.device), b.to(weight.device));
    }

    /// <summary>A (r, rows) and B (width, r) for a table (rows, width): here A is zero and B normal, whatever start linear layers get.</summary>
    public static (Tensor A, Tensor B) Embedding(Generator random, Tensor table, int rank, LoraInit init)
    {
        Tensor a = init.Kind == LoraInitKind.Random ? InitialValues.Normal(random, 1, rank, table.shape[0]) : zeros([rank, table.shape[0]]);
        return (a.to(table.device), InitialValues.Normal(random, 1, table.shape[1], rank).to(table.device));
    }

    /// <summary>
    /// The rows of one orthogonal matrix Q (r, r) go by turns to A and to B: A = Q₀₂₄…ᵀ Xᵀ / 10, B = Y Q₁₃₅… / 10 with normal X and Y.
    /// </summary>
    private static (Tensor A, Tensor B) Orthogonal(Generator random, long outFeatures, long inFeatures, int rank)
    {
        if (rank % 2 != 0)
            throw new PeftException($"init_lora_weights \"orthogonal\" needs an even rank; r is {rank}.");
        using var scope = NewDisposeScope();
        Tensor rows = linalg.qr(InitialValues.Normal(random, 1, rank, rank)).Q.view(rank / 2, 2, rank);
        Tensor a = rows.select(1, 0).t().matmul(InitialValues.Normal(random, 0.1, rank / 2, inFeatures));
        Tensor b = InitialValues.Normal(random, 0.1, outFeatures, rank / 2).matmul(rows.select(1, 1));
        return (a.MoveToOuterDisposeScope(), b.MoveToOuterDisposeScope());
    }
}
