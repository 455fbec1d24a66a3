using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PrefixTuning;

/// <summary>
/// The keys and values of a prefix, attention over [K_P; K] and [V_P; V]: from (count, layers · 2 · width), the layers one
/// after another with keys before values (HF's order K₀, V₀, K₁, V₁ …).
/// </summary>
/// <param name="count">The number of virtual tokens.</param>
/// <param name="shape">The attention of the model.</param>
/// <param name="flat">Makes the flat prefix; what it returns is the caller's.</param>
internal sealed class PrefixRows(int count, AttentionShape shape, Func<Tensor> flat) : IAttentionTuner
{
    public int Count => count;

    public Tensor Rows(Pass pass)
    {
        using var scope = NewDisposeScope();
        return flat()
            .view(count, shape.Layers, 2, shape.KeyValueHeads, shape.HeadWidth)
            .permute(1, 2, 3, 0, 4)
            .MoveToOuterDisposeScope();
    }
}
