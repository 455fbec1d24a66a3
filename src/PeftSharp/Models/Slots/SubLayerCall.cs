using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>The sub-layer that a tuner works in, and the pass being computed.</summary>
internal readonly record struct SubLayerCall(SubLayer Node, Pass Pass)
{
    /// <summary>True where the sub-layer ends with a pretrained norm (post-norm families).</summary>
    public bool HasNorm => Node.Norm is not null;

    /// <summary>norm(drop(h) + x); drop(h) + x where the family has its norms elsewhere.</summary>
    public Tensor AddAndNormalise(Tensor hidden, Tensor residual, double dropout = 0)
    {
        if (Node.Norm is not null)
            return Node.Norm.Forward(hidden, residual, Pass, dropout);
        using var scope = NewDisposeScope();
        return Pass.Dropout(hidden, dropout).Plus(residual).MoveToOuterDisposeScope();
    }
}
