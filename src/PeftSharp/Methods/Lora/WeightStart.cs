using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// Starts whose s·B·A is a part of the weight itself, which is taken off the base. They are computed in double precision: single
/// precision misses the reference's values by some parts in 10⁵.
/// </summary>
internal static class WeightStart
{
    /// <summary>A (r, in) and B (out, r), fp32, for a weight (out, in).</summary>
    public static (Tensor A, Tensor B) Of(Generator random, Tensor weight, int rank, LoraInit init, double scale)
    {
        long most = Math.Min(weight.shape[0], weight.shape[1]);
        if (rank > most)
            throw new PeftException($"init_lora_weights \"{LoraInitFile.Word(init.Kind)}\" needs r ≤ {most} for a weight of {weight.shape[0]}×{weight.shape[1]}; r is {rank}.");
        using var scope = NewDisposeScope();
        Tensor exact = weight.to(ScalarType.Float64);
        (Tensor a, Tensor b) = init.Kind == LoraInitKind.Olora ? Olora(exact, rank) : Pissa(random, exact, rank, init.Iterations, scale);
        return (a.to(ScalarType.Float32).MoveToOuterDisposeScope(), b.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>What is left of a weight: W − s·B·A, in W's dtype.</summary>
    public static Tensor Rest(Tensor weight, Tensor a, Tensor b, double scale)
    {
        using var scope = NewDisposeScope();
        Tensor part = b.to(ScalarType.Float64).matmul(a.to(ScalarType.Float64)).Times(scale);
        return weight.to(ScalarType.Float64).sub(part).to(weight.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>W = Q R: A = the first r rows of R, B = the first r columns of Q; HF does not divide by s, so s times that part is taken off.</summary>
    private static (Tensor A, Tensor B) Olora(Tensor weight, int rank)
    {
        (Tensor q, Tensor r) = linalg.qr(weight);
        return (r.narrow(0, 0, rank), q.narrow(1, 0, rank));
    }

    /// <summary>W ≈ U S Vᵀ: A = √(S/s) Vᵀ, B = U √(S/s) for the r largest singular values, so that s·B·A is their part of W.</summary>
    private static (Tensor A, Tensor B) Pissa(Generator random, Tensor weight, int rank, int iterations, double scale)
    {
        (Tensor u, Tensor s, Tensor vh) = iterations == 0
            ? linalg.svd(weight, fullMatrices: false)
            : Approximate(random, weight, rank, iterations);
        Tensor root = s.narrow(0, 0, rank).DividedBy(scale).sqrt();
        return (root.unsqueeze(1).mul(vh.narrow(0, 0, rank)), u.narrow(1, 0, rank).mul(root.unsqueeze(0)));
    }

    /// <summary>Randomised subspace iteration (Halko, Martinsson, Tropp 2011).</summary>
    private static (Tensor U, Tensor S, Tensor Vh) Approximate(Generator random, Tensor weight, int rank, int iterations)
    {
        Tensor draw = InitialValues.Normal(random, 1, weight.shape[1], rank).to(weight.dtype, weight.device);
        Tensor q = linalg.qr(weight.matmul(draw)).Q;
        for (int i = 0; i < iterations; i++)
        {
            q = linalg.qr(weight.t().matmul(q)).Q;
            q = linalg.qr(weight.matmul(q)).Q;
        }
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(q.t().matmul(weight), fullMatrices: false);
        return (q.matmul(u), s, vh);
    }
}
