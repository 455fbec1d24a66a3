using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.LoKr;

/// <summary>One factor of a Kronecker product: a matrix, or a product of two.</summary>
internal readonly record struct KroneckerFactor(Tensor First, Tensor? Second)
{
    public Tensor Value() => Second is null ? First : First.matmul(Second);
}

/// <summary>
/// y = W x + b + s · (L ⊗ R) x, with L (p, m), R (q, n), in = m n, out = p q, s = α / r. The product is never made: with x
/// read as X (m, n), (L ⊗ R) x is L X Rᵀ, read row by row.
/// </summary>
internal sealed class LoKrLinear(KroneckerFactor left, KroneckerFactor right, double scale, DeltaDropout dropout) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        if (dropout.SkipsModule(next.Pass))
            return y.MoveToOuterDisposeScope();
        Tensor l = left.Value().Times(scale).to(x.dtype), r = right.Value().to(x.dtype);
        Tensor half = Products.Linear(x.reshape(-1, l.shape[1], r.shape[1]), r);
        Tensor update = Products.Matmul(l, half).reshape(y.shape);
        if (dropout.Rows(next.Pass, y.shape[^1], update) is { } rows)
            update = update.mul(rows);
        return y.Plus(update).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(kron(left.Value(), right.Value().contiguous()).Times(scale)).MoveToOuterDisposeScope();
    }
}
