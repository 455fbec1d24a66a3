using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>What keeps a fusion's value projections near the identity: 0.01 · Σ ‖I − W_v‖² over all places.</summary>
internal sealed class FusionRegularization(IReadOnlyList<FusionPlace> places) : ITrainingHook
{
    private const double Weight = 0.01;

    public Tensor? Penalty()
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (FusionPlace place in places)
        {
            Tensor value = place.Value!;
            Tensor far = eye(value.shape[0], dtype: value.dtype, device: value.device).sub(value).Squared().sum();
            sum = sum is null ? far : sum.Plus(far);
        }
        return sum?.Times(Weight).MoveToOuterDisposeScope();
    }
}
