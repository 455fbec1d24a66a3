using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Vera;

/// <summary>
/// y = W x + b + λ_b ∘ B (λ_d ∘ (A dropout(x))), with the shared frozen A (r, widest in) and B (widest out, r) cut to the
/// layer, and the trained λ_d (r) and λ_b (out).
/// </summary>
internal sealed class VeraLinear(Linear node, Tensor a, Tensor b, Tensor lambdaB, Tensor lambdaD, double dropout) : ILinearTuner, IMergeableTuner
{
    private Tensor A => a.narrow(1, 0, node.InFeatures);

    private Tensor B => b.narrow(0, 0, node.OutFeatures);

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        Tensor low = Products.Linear(next.Pass.Dropout(x, dropout), A.to(x.dtype)).mul(lambdaD.to(x.dtype));
        Tensor delta = Products.Linear(low, B.to(x.dtype)).mul(lambdaB.to(x.dtype));
        return y.Plus(delta).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor delta = lambdaB.unsqueeze(1).mul(B).matmul(lambdaD.unsqueeze(1).mul(A));
        return weight.Plus(delta).MoveToOuterDisposeScope();
    }
}
