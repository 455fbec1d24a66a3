using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Boft;

/// <summary>
/// y = s ∘ (W (x M)) + b, with M = F_N … F_2 F_1, each factor F = P B Pᵀ of an order P of the inputs and a block-diagonal B
/// whose blocks are Cayley's transform of the skew-symmetric part of the trained ones, (N, blocks, b, b). Merged: s ∘ (W Mᵀ).
/// </summary>
/// <param name="blocks">The trained blocks.</param>
/// <param name="scale">s, (out, 1).</param>
/// <param name="orders">P and Pᵀ as index lists for each factor but the first, which keeps the order.</param>
/// <param name="dropout">The share of blocks left unrotated in a training step.</param>
internal sealed class BoftLinear(Tensor blocks, Tensor scale, IReadOnlyList<(Tensor Order, Tensor Inverse)> orders, double dropout)
    : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Linear node = next.Node;
        Tensor[] factors = Factors();
        if (next.Pass.Training && dropout > 0)
        {
            // One factor loses blocks at a time.
            using Tensor draw = Draws.Uniform(1);
            int chosen = Math.Min((int)(draw.item<float>() * factors.Length), factors.Length - 1);
            factors[chosen] = Rotations.Drop(factors[chosen], dropout);
        }
        Tensor rotated = x.AtLeastFloat32();
        for (int i = factors.Length - 1; i >= 0; i--)
            rotated = Apply(rotated, factors[i], i);
        Tensor y = next.Next(rotated.to(x.dtype));
        Tensor row = scale.view(-1);
        if (node.Bias is null)
            return y.mul(row).to(x.dtype).MoveToOuterDisposeScope();
        Tensor bias = next.Pass.Get(node.Bias);
        return y.sub(bias).mul(row).Plus(bias).to(x.dtype).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor[] factors = Factors();
        Tensor turned = weight;
        for (int i = 0; i < factors.Length; i++)
            turned = Apply(turned, factors[i].transpose(1, 2), i);
        return turned.mul(scale).MoveToOuterDisposeScope();
    }

    /// <summary>The rotations of each factor, (blocks, b, b).</summary>
    private Tensor[] Factors()
    {
        Tensor skew = blocks.sub(blocks.transpose(2, 3)).Times(0.5);
        Tensor rotations = Rotations.Cayley(skew.flatten(0, 1)).view(blocks.shape);
        return rotations.unbind(0);
    }

    /// <summary>x P B Pᵀ.</summary>
    private Tensor Apply(Tensor x, Tensor factor, int index)
    {
        if (index == 0)
            return Rotations.Apply(x, factor);
        (Tensor order, Tensor inverse) = orders[index - 1];
        return Rotations.Apply(x.index_select(-1, inverse), factor).index_select(-1, order);
    }
}
