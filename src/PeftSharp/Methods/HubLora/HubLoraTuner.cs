using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubLora;

/// <summary>y = W x + b + s · Δ(dropout(x)) with Δ = B A, or V_B B V_D A (VeRA, with A and B frozen); s = α/r, or a gate of x.</summary>
internal sealed class HubLoraTuner(HubLoraOptions options, IReadOnlyList<Tensor> factors, TrainedGate? gate) : ILinearTuner, IMergeableTuner
{
    public bool TreatsPositionsApart => gate is null;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor frozen = next.Next(x);
        Tensor update = next.Pass.Dropout(x, options.Dropout);
        foreach (Tensor factor in factors)
            update = Products.Linear(update, factor.to(x.dtype));
        update = gate is null ? update.Times(options.Alpha / options.R) : update.mul(gate.Forward(x));
        return frozen.Plus(update).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        HubLoraMethod.RefuseGate(gate);
        Tensor delta = factors[0].detach();
        foreach (Tensor factor in factors.Skip(1))
            delta = factor.detach().matmul(delta);
        return weight.Plus(delta.Times(options.Alpha / options.R));
    }
}

/// <summary>y = (W x + b) ⊙ l · α, or with a gate of x for α ((IA)³); l is (out, 1).</summary>
internal sealed class HubScaleTuner(HubLoraOptions options, Tensor scale, TrainedGate? gate) : ILinearTuner, IMergeableTuner
{
    public bool TreatsPositionsApart => gate is null;

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor factor = scale.squeeze(1).to(x.dtype);
        Tensor wide = next.Next(x).mul(factor);
        return (gate is null ? wide.Times(options.Alpha / options.R) : wide.mul(gate.Forward(x))).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        HubLoraMethod.RefuseGate(gate);
        return weight.mul(scale.detach()).Times(options.Alpha / options.R);
    }

    /// <summary>The bias is scaled too, which AdapterHub's merging leaves out.</summary>
    public Tensor? MergeBias(Tensor? bias) => bias?.mul(scale.detach().squeeze(1)).Times(options.Alpha / options.R);
}
