using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Ia3;

/// <summary>y = l ∘ (W x + b), with l (out, 1); in feed-forward modules y = W (l ∘ x) + b, with l (1, in).</summary>
internal sealed class Ia3Linear(Tensor factors, bool scalesInput) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor row = factors.view(-1);
        return scalesInput
            ? next.Next(x.mul(row).to(x.dtype)).MoveToOuterDisposeScope()
            : next.Next(x).mul(row).to(x.dtype).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var noGrad = no_grad();
        return weight.mul(factors);
    }

    public Tensor? MergeBias(Tensor? bias)
    {
        using var noGrad = no_grad();
        return scalesInput ? bias : bias?.mul(factors.view(-1));
    }
}
