using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.LoHa;

/// <summary>y = W x + b + s · ((A₁ B₁) ∘ (A₂ B₂)) x, with Aᵢ (out, r), Bᵢ (r, in), s = α / r.</summary>
internal sealed class LoHaLinear(Tensor a1, Tensor b1, Tensor a2, Tensor b2, double scale, DeltaDropout dropout) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        if (dropout.SkipsModule(next.Pass))
            return y.MoveToOuterDisposeScope();
        Tensor update = Products.Linear(x, Delta().to(x.dtype));
        if (dropout.Rows(next.Pass, y.shape[^1], update) is { } rows)
            update = update.mul(rows);
        return y.Plus(update).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(Delta()).MoveToOuterDisposeScope();
    }

    private Tensor Delta() => a1.matmul(b1).mul(a2.matmul(b2)).Times(scale);
}
