using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Adapters.Composing;

/// <summary>y = Σ wᵢ yᵢ with Σ wᵢ = 1, yᵢ what the linear layer gives inside the i-th adapter's tuners alone.</summary>
internal sealed class LinearAverage(IReadOnlyList<ILinearTuner[]> chains, IReadOnlyList<double> weights) : ILinearTuner
{
    public bool TreatsPositionsApart => chains.All(chain => chain.All(tuner => tuner.TreatsPositionsApart));

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (int i = 0; i < chains.Count; i++)
        {
            Tensor part = next.Inside(chains[i]).Next(x).Times(weights[i]);
            sum = sum is null ? part : sum.Plus(part);
        }
        return sum!.MoveToOuterDisposeScope();
    }
}
