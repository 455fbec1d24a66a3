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
    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor wide = up.Forward(x, pass);
        using Tensor active = activation(wide);
        return down.Forward(active, pass);
    }
}

/// <summary>down(act(gate(x)) · up(x)), as in LLaMA.</summary>
internal sealed class GatedFeedForward(Linear gate, Linear up, Linear down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor gates = gate.Forward(x, pass);
        using Tensor wide = up.Forward(x, pass);
        using Tensor active = Activations.Gated(activation, gates, wide);
        return down.Forward(active, pass);
    }
}
