using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>What every layer's attention needs to know of the batch, built once for the batch.</summary>
/// <param name="Masks">The addend of the scores in each layer; null where <paramref name="Sequences"/> says what belongs together.</param>
/// <param name="AttentionMask">The batch's own mask, (batch, length with the cached tokens), or null.</param>
/// <param name="Cos">Rotary cosines (1 or batch, 1, length, head width), or null.</param>
/// <param name="Sin">Rotary sines, or null.</param>
/// <param name="Cache">Keys and values of earlier tokens, or null.</param>
/// <param name="Places">Where the rows of the sequence stand, int64 (batch, length), for biases of distance; null where they stand one behind the other.</param>
/// <param name="Virtual">The virtual tokens that begin here, or null.</param>
/// <param name="Sequences">The sequences of a batch without padding, or null.</param>
/// <param name="Cross">What cross attentions read, or null where the stack has none.</param>
internal readonly record struct AttentionContext(
    LayerMasks? Masks, Tensor? AttentionMask = null, Tensor? Cos = null, Tensor? Sin = null, KeyValueCache? Cache = null,
    Tensor? Places = null, VirtualTokens? Virtual = null, Sequences? Sequences = null, CrossContext? Cross = null)
{
    /// <summary>Every tensor that one layer reads of it, in the order that <see cref="With"/> takes; null for one that is not there.</summary>
    public Tensor?[] TensorsOf(int layer) => [Masks?.At(layer), AttentionMask, Cos, Sin, Places, .. Cross?.TensorsOf(layer) ?? [], .. Virtual?.KeyValues(layer) ?? []];

    /// <summary>The same for one layer alone, with other tensors in their places: they may live longer than the call.</summary>
    public AttentionContext With(int layer, ReadOnlySpan<Tensor?> tensors) => this with
    {
        Masks = Masks?.With(layer, tensors[0]),
        AttentionMask = tensors[1],
        Cos = tensors[2],
        Sin = tensors[3],
        Places = tensors[4],
        Cross = Cross?.With(layer, tensors.Slice(5, OfCross(layer))),
        Virtual = Virtual?.With(layer, tensors[(5 + OfCross(layer))..]!),
    };

    private int OfCross(int layer) => Cross?.CountOf(layer) ?? 0;
}
