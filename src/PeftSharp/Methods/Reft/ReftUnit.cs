using PeftSharp.Kernels;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Reft;

/// <summary>One change of hidden states: v ← v + Rᵀ(f(W v + b) − R v), or without − R v.</summary>
internal sealed class ReftUnit(Tensor weight, Tensor bias, IReftProjection projection, ReftOptions options)
{
    private readonly Func<Tensor, Tensor>? _activation =
        options.NonLinearity is null ? null : Activations.Of(options.NonLinearity, "non_linearity");

    /// <summary>What is added to states (…, width).</summary>
    public Tensor Change(Tensor states, Pass pass)
    {
        Tensor r = projection.Matrix().to(states.dtype);
        Tensor source = Products.Linear(states, weight.to(states.dtype), bias.to(states.dtype));
        if (_activation is not null)
            source = _activation(source);
        if (options.SubtractProjection)
            source = source.sub(Products.Linear(states, r));
        Tensor change = Products.Matmul(source, r);
        return pass.Training && options.Dropout > 0
            ? pass.Dropout(states.Plus(change), options.Dropout).sub(states)
            : change;
    }
}

/// <summary>Where R, (r, width), comes from.</summary>
internal interface IReftProjection
{
    Tensor Matrix();
}

/// <summary>R itself trains.</summary>
internal sealed class FreeProjection(Tensor matrix) : IReftProjection
{
    public Tensor Matrix() => matrix;
}
