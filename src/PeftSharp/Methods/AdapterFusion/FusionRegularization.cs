using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>What keeps a fusion's value projections near the identity: 0.01 · Σ ‖I − W_v‖² over all places.</summary>
public static class FusionRegularization
{
    private const double Weight = 0.01;

    /// <summary>The term to add to the loss, a scalar with graph; null for a fusion without value projection or <c>regularization</c>.</summary>
    public static Tensor? Loss(Adapter fusion)
    {
        ArgumentNullException.ThrowIfNull(fusion);
        if (fusion.Options is not FusionOptions { Regularization: true, Value: true })
            return null;
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (FusionPlace place in fusion.Joins.Values.OfType<FusionPlace>())
        {
            Tensor value = place.Value!;
            Tensor far = eye(value.shape[0], dtype: value.dtype, device: value.device).sub(value).square().sum();
            sum = sum is null ? far : sum.Plus(far);
        }
        return sum?.Times(Weight).MoveToOuterDisposeScope();
    }
}
