using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Miss;

/// <summary>
/// y = W x + b + Dᵀ Σₖ xₖ, with x cut into shards xₖ of r inputs (the last filled up with zeros) and the trained D (r, out), so
/// that Δ = [Dᵀ Dᵀ …]. A D (r, m) with m below out is repeated over the outputs.
/// </summary>
internal sealed class MissLinear(Tensor block, long outFeatures, double dropout) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        long r = block.shape[0], missing = (r - x.shape[^1] % r) % r;
        Tensor dropped = next.Pass.Dropout(x, dropout);
        if (missing > 0)
            dropped = nn.functional.pad(dropped, [0, missing]);
        Tensor sums = dropped.view([.. x.shape[..^1], -1, r]).sum(-2);
        return y.Plus(Products.Matmul(sums, Whole().to(x.dtype))).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long r = block.shape[0], shards = (weight.shape[1] + r - 1) / r;
        Tensor delta = Whole().t().repeat(1, shards).narrow(1, 0, weight.shape[1]);
        return weight.Plus(delta).MoveToOuterDisposeScope();
    }

    private Tensor Whole() => block.shape[1] == outFeatures ? block : block.repeat(1, outFeatures / block.shape[1]);
}

/// <summary>
/// MiSS "bat": with W cut into r × r blocks W_ij and the trained D_i (one for each row of blocks), Δ_ij = W_ij D_i + D_i.
/// </summary>
internal sealed class MissBatLinear(Tensor blocks) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor delta = Delta(next.Pass.Get(next.Node.Weight).AtLeastFloat32()).to(x.dtype);
        return next.Next(x).Plus(Products.Linear(x, delta)).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return weight.Plus(Delta(weight)).MoveToOuterDisposeScope();
    }

    private Tensor Delta(Tensor weight)
    {
        long r = blocks.shape[^1];
        Tensor cut = weight.view(weight.shape[0] / r, r, weight.shape[1] / r, r).permute(2, 0, 1, 3);
        return cut.matmul(blocks).Plus(blocks).permute(1, 2, 0, 3).reshape(weight.shape);
    }
}
