using PeftSharp.Models;
using PeftSharp.Models.Blocks;
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

    /// <summary>The decoder's attentions over itself, in an encoder-decoder: the prefix is theirs alone.</summary>
    public AttentionRange? Decoder { get; init; }

    /// <remarks>
    /// In an encoder-decoder peft puts the parts twice one behind the other, takes four entries (K, V, K, V) for each layer, and
    /// drops the latter two, which were for the cross attention: layer i gets part 2 i, counted round.
    /// </remarks>
    public int? Part(int layer) =>
        Decoder is not { } decoder ? layer
        : layer >= decoder.First && layer - decoder.First < Math.Min(decoder.Count, shape.Layers) ? 2 * (layer - decoder.First) % shape.Layers
        : null;

    public Tensor Rows(Pass pass)
    {
        using var scope = NewDisposeScope();
        return flat()
            .view(count, shape.Layers, 2, shape.KeyValueHeads, shape.HeadWidth)
            .permute(1, 2, 3, 0, 4)
            .MoveToOuterDisposeScope();
    }
}
