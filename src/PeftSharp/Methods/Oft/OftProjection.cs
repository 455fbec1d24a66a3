using PeftSharp.Adapters;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Oft;

/// <summary>Constrained OFT: after each step the trained tensors are put back within their bound.</summary>
internal sealed class OftProjection(IReadOnlyList<(Tensor Trained, OftLinear Tuner)> layers) : ITrainingHook
{
    public void AfterStep(long step)
    {
        using var noGrad = no_grad();
        foreach ((Tensor trained, OftLinear tuner) in layers)
        {
            using Tensor projected = tuner.Projected();
            trained.copy_(projected);
        }
    }
}
