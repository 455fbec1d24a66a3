using PeftSharp.Adapters;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Oft;

/// <summary>
/// Constrained OFT: before the passes of each step the trained tensors are put back within their bound, so that the optimizer steps from
/// there (peft does it in every forward pass). What is saved after a step may lie outside; whatever reads it projects it.
/// </summary>
internal sealed class OftProjection(IReadOnlyList<(Tensor Trained, OftLinear Tuner)> layers) : ITrainingHook
{
    public void BeforeStep()
    {
        using var noGrad = no_grad();
        foreach ((Tensor trained, OftLinear tuner) in layers)
        {
            using Tensor projected = tuner.Projected();
            trained.copy_(projected);
        }
    }
}
