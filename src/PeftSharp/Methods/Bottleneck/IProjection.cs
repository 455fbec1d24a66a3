using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>One of the two layers of a bottleneck: (…, in) → (…, out).</summary>
internal interface IProjection
{
    Tensor Forward(Tensor x);
}

/// <summary>y = x Wᵀ + b, trained.</summary>
internal sealed class TrainedLinear(Tensor weight, Tensor? bias) : IProjection
{
    public Tensor Forward(Tensor x) => Products.Linear(x, weight.to(x.dtype), bias?.to(x.dtype));
}

/// <summary>A trained layer norm.</summary>
internal sealed class TrainedNorm(Tensor weight, Tensor bias)
{
    private const double Epsilon = 1e-5;

    public Tensor Forward(Tensor x) => Norms.LayerNorm(x, weight.to(x.dtype), bias.to(x.dtype), Epsilon);
}

/// <summary>A number from 0 to 1 for each row of the batch: the mean over its positions of σ(g · x + b).</summary>
internal sealed class TrainedGate(Tensor weight, Tensor bias)
{
    /// <summary>(batch, length, width) → (batch, 1, 1).</summary>
    public Tensor Forward(Tensor x) =>
        Products.Linear(x, weight.to(x.dtype), bias.to(x.dtype)).sigmoid().mean([1], keepdim: true);
}
