using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// DoRA: the weight's rows keep a trained length m and take their direction from W + s B A:
/// y = b + (m / ‖W + s B A‖) · (W x + s B A x), the norm of each row a constant in the backward pass.
/// </summary>
internal sealed class DoraLinear(LoraLinear lora, Tensor magnitude) : ILinearTuner, IMergeableTuner
{
    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Linear node = next.Node;
        Tensor? bias = next.Bias;
        Tensor scale = magnitude.div(Norms(next)).to(x.dtype);
        bool drops = next.Pass.Training && lora.DropoutProbability > 0;
        // Without dropout y = b + scale ∘ (W x + s B A x), the second factor LoRA's own.
        if (!drops && lora.Takes(x, next) is { } packed)
        {
            Tensor turned = lora.Together(x, packed, bias: null, dropout: 0).mul(scale);
            return (bias is null ? turned : turned.Plus(bias)).MoveToOuterDisposeScope();
        }
        Tensor dropped = drops ? next.Pass.Dropout(x, lora.DropoutProbability) : x;
        Tensor y = next.Next(x);
        // (scale − 1)·(y − b) + y where nothing is dropped; with dropout the second part sees the dropped input.
        Tensor plain = drops
            ? FrozenLinear.Forward(dropped, next.Pass.Get(node.Weight), null, node.PackedFor(next.Pass))
            : bias is null ? y : y.sub(bias);
        Tensor low = Products.Linear(Products.Linear(dropped, lora.A.to(x.dtype)), lora.B.to(x.dtype));
        if (lora.Bias is not null)
            low = low.Plus(lora.Bias.to(x.dtype));
        Tensor change = scale.Plus(-1).mul(plain).Plus(scale.mul(low).Times(lora.Scale));
        return y.Plus(change).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor turned = weight.Plus(lora.DeltaWeight());
        return turned.mul(magnitude.div(RowNorms(turned)).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public Tensor? MergeBias(Tensor? bias) => lora.Bias is null
        ? bias
        : throw new PeftException("lora_bias with use_dora cannot be merged; keep the adapter beside the model.");

    /// <summary>The length of each row of a weight (out, in): (out).</summary>
    public static Tensor RowNorms(Tensor weight) => weight.Squared().sum([1]).sqrt();

    /// <summary>‖w + s b A‖ of each row w of W and b of B.</summary>
    private Tensor Norms(LinearCall next)
    {
        Linear node = next.Node;
        if (next.Pass.Plan.Replacement(node.Weight) is null && node.Squares.Takes)
            return node.Squares.NormsWith(lora.A, lora.B, lora.Scale);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return RowNorms(next.Pass.Get(node.Weight).AtLeastFloat32().Plus(lora.DeltaWeight())).MoveToOuterDisposeScope();
    }
}
