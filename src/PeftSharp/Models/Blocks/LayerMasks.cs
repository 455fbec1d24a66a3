using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The additive attention mask of each layer; layers with the same keys in front share one.</summary>
internal sealed class LayerMasks
{
    private readonly FrontLayout _front;
    private readonly Dictionary<FrontKeys, Tensor?> _masks;

    /// <param name="front">What stands in front of the tokens.</param>
    /// <param name="tokens">1 for a real token and 0 for padding, (batch, tokens), or null.</param>
    /// <param name="count">The number of tokens, those of a cache among them.</param>
    /// <param name="hidden">The sequence, (batch, queries, width): the queries are the last ones of the keys.</param>
    /// <param name="causal">True if a query sees no later key.</param>
    public LayerMasks(FrontLayout front, Tensor? tokens, long count, Tensor hidden, bool causal)
    {
        _front = front;
        _masks = front.KindsOfKeys.ToDictionary(keys => keys, keys => AttentionMasks.Build(
            front.Mask(keys, tokens, count), hidden.shape[1], keys.Count + front.Embedded + count, causal, hidden.dtype, hidden.device));
    }

    private LayerMasks(FrontLayout front, Dictionary<FrontKeys, Tensor?> masks)
    {
        _front = front;
        _masks = masks;
    }

    /// <summary>That of a layer, or null where nothing is masked.</summary>
    public Tensor? At(int layer) => _masks[_front.Keys(layer)];

    /// <summary>A layer's alone, with another tensor in its place.</summary>
    public LayerMasks With(int layer, Tensor? mask) => new(_front, new Dictionary<FrontKeys, Tensor?> { [_front.Keys(layer)] = mask });
}
