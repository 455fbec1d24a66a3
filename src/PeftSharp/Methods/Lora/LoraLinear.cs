using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Kernels.Packed;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>y = W x + b + s · (B A dropout(x) + b_B), with A (r, in), B (out, r).</summary>
internal sealed class LoraLinear(Tensor a, Tensor b, Tensor? bias, double scale, double dropout) : ILinearTuner, IMergeableTuner
{
    public Tensor A { get; } = a;

    public Tensor B { get; } = b;

    public Tensor? Bias { get; } = bias;

    public double Scale { get; } = scale;

    public double DropoutProbability { get; } = dropout;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        double dropout = next.Pass.Training ? DropoutProbability : 0;
        if (Takes(x, next) is { } packed)
            return Together(x, packed, next.Bias, dropout);
        using var scope = NewDisposeScope();
        Tensor y = next.Next(x);
        return AddDelta(y, next.Pass.Dropout(x, DropoutProbability)).MoveToOuterDisposeScope();
    }

    /// <summary>The frozen product, where it and the update can be computed in one place of the graph.</summary>
    public IFrozenProduct? Takes(Tensor x, LinearCall next) =>
        Bias is null && PackedLora.Takes(x, A, B) ? next.Packed(x, GraphNode.IsNeeded(x)) : null;

    /// <summary>y = W x + b + s · B A dropout(x), with what <see cref="Takes"/> gave.</summary>
    public Tensor Together(Tensor x, IFrozenProduct packed, Tensor? bias, double dropout)
    {
        using var clock = KernelClock.Measure("LoRA and its product");
        KernelClock.CountProduct(x.numel(), B.shape[0], GraphNode.IsNeeded(x));
        return PackedLora.Run(x, packed, bias, A, B, Scale, dropout);
    }

    public Tensor MergeWeight(Tensor weight) => weight.Plus(DeltaWeight());

    public Tensor? MergeBias(Tensor? bias) => Bias is null
        ? bias
        : bias?.Plus(Bias.detach().Times(Scale))
            ?? throw new PeftException("lora_bias cannot be merged into a layer without a bias; keep the adapter beside the model.");

    /// <summary>s · B A, (out, in), without graph.</summary>
    public Tensor DeltaWeight()
    {
        using var noGrad = no_grad();
        using Tensor product = B.matmul(A);
        return product.Times(Scale);
    }

    /// <summary>y + s · (B A x + b_B), in the dtype of y, whose memory the product accumulates into where libtorch computes it.</summary>
    /// <param name="y">(…, out), of this call's own making.</param>
    /// <param name="x">(…, in).</param>
    public Tensor AddDelta(Tensor y, Tensor x)
    {
        using var clock = KernelClock.Measure("LoRA");
        Tensor low = Products.Linear(x, A.to(x.dtype)).reshape(-1, A.shape[0]);
        Tensor factor = B.to(x.dtype);
        Tensor sum = WidenedProduct.Takes(low, factor)
            ? y.Plus(Products.Linear(low, factor).Times(Scale).view(y.shape))
            : y.view(-1, y.shape[^1]).addmm_(low, factor.t(), 1f, (float)Scale).view(y.shape);
        return Bias is null ? sum : sum.Plus(Bias.to(x.dtype).Times(Scale));
    }
}
