using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>
/// An invertible adapter behind the embeddings (the coupling of NICE): the halves of the hidden state change each other,
/// y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁), with F and G bottlenecks of two layers.
/// </summary>
internal sealed class InvertibleTuner(Coupling f, Coupling g) : IStreamTuner
{
    public Tensor Forward(Tensor hidden, in StreamCall call)
    {
        long half = hidden.shape[^1] / 2;
        Tensor first = hidden.narrow(-1, 0, half);
        Tensor second = hidden.narrow(-1, half, hidden.shape[^1] - half);
        Tensor changed = first.Plus(f.Forward(second));
        return cat([changed, second.Plus(g.Forward(changed))], -1);
    }
}

/// <summary>Up(f(Down(x))) from one half to the other.</summary>
internal sealed class Coupling(IProjection down, IProjection up, Func<Tensor, Tensor> activation)
{
    public Tensor Forward(Tensor x) => up.Forward(activation(down.Forward(x)));
}
