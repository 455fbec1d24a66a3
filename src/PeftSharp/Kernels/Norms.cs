using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where activations are normalised.</summary>
internal static class Norms
{
    /// <summary>y = (x − mean) / √(var + ε) · w + b over the last dimension.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        using var clock = KernelClock.Measure("norm");
        return nn.functional.layer_norm(x, weight.shape, weight, bias, epsilon);
    }

    /// <summary>LayerNorm(residual + dropout(hidden)): the end of a post-norm sub-layer.</summary>
    public static Tensor ResidualLayerNorm(Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon, double dropout)
    {
        using var clock = KernelClock.Measure("norm");
        if (FusedResidualNorm.Takes(hidden, residual, weight, bias))
            return FusedResidualNorm.Run(hidden, residual, weight, bias, epsilon, dropout);
        using var scope = NewDisposeScope();
        Tensor kept = dropout > 0 ? Dropout.Forward(hidden, dropout) : hidden;
        return LayerNorm(kept.Plus(residual), weight, bias, epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// y = (w + offset) · x / √(mean(x²) + ε) over the last dimension; the statistics are in fp32, as in HF's LlamaRMSNorm, and
    /// with an offset the product too, as in its GemmaRMSNorm.
    /// </summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon, double offset = 0)
    {
        using var clock = KernelClock.Measure("norm");
        using var scope = NewDisposeScope();
        Tensor scale = offset == 0 ? weight : weight.AtLeastFloat32().Plus(offset);
        if (FusedRmsNorm.Takes(x, scale))
            return FusedRmsNorm.Run(x, scale, epsilon).MoveToOuterDisposeScope();
        Tensor wide = x.AtLeastFloat32();
        Tensor inverse = wide.Squared().mean([-1], keepdim: true).PlusInPlace(epsilon).rsqrt_();
        return wide.mul(inverse).to(scale.dtype).mul(scale).to(x.dtype).MoveToOuterDisposeScope();
    }
}
