using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The feed-forward part of a layer, before the residual: (batch, T, hidden) → (batch, T, hidden).</summary>
internal interface IFeedForward
{
    Tensor Forward(Tensor x, Pass pass);
}

/// <summary>down(act(up(x))), as in BERT and GPT.</summary>
internal sealed class PlainFeedForward(Linear up, Linear down, Func<Tensor, Tensor> activation) : IFeedForward
{
    /// <summary>The probability with which values behind the activation are dropped in training.</summary>
    public double Dropout { get; init; }

    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor wide = up.Forward(x, pass);
        using Tensor active = activation(wide);
        return Down.Forward(down, active, Dropout, pass);
    }
}

/// <summary>down(act(gate(x)) · up(x)), as in LLaMA.</summary>
internal sealed class GatedFeedForward(Linear gate, Linear up, Linear down, Func<Tensor, Tensor> activation) : IFeedForward
{
    /// <summary>The probability with which values behind the gate are dropped in training.</summary>
    public double Dropout { get; init; }

    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor gates = gate.Forward(x, pass);
        using Tensor wide = up.Forward(x, pass);
        using Tensor active = Activations.Gated(activation, gates, wide);
        return Down.Forward(down, active, Dropout, pass);
    }
}

/// <summary>The end of a feed-forward part: down(dropout(x)).</summary>
file static class Down
{
    public static Tensor Forward(Linear down, Tensor x, double dropout, Pass pass)
    {
        if (!pass.Training || dropout == 0)
            return down.Forward(x, pass);
        using Tensor kept = pass.Dropout(x, dropout);
        return down.Forward(kept, pass);
    }
}

/// <summary>down(act(gate) · up) with one product for both, [gate; up], as in Phi-3.</summary>
internal sealed class JoinedGatedFeedForward(Linear gateAndUp, Linear down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor both = gateAndUp.Forward(x, pass);
        long inner = both.shape[^1] / 2;
        using Tensor gates = both.narrow(-1, 0, inner), wide = both.narrow(-1, inner, inner);
        using Tensor active = Activations.Gated(activation, gates, wide);
        return down.Forward(active, pass);
    }
}
