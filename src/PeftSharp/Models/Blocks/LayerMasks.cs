using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// What is added to the attention scores of each layer: the mask, and the bias of positions where a family has one. Layers
/// with the same keys in front and the same window share one.
/// </summary>
internal sealed class LayerMasks
{
    private readonly FrontLayout _front;
    private readonly IReadOnlyList<Layer> _layers;
    private readonly Dictionary<(FrontKeys Front, int? Window), Tensor?> _masks;

    /// <param name="front">What stands in front of the tokens.</param>
    /// <param name="layers">The layers: how far each sees.</param>
    /// <param name="tokens">1 for a real token and 0 for padding, (batch, tokens), or null.</param>
    /// <param name="count">The number of tokens, those of a cache among them.</param>
    /// <param name="hidden">The sequence, (batch, queries, width): the queries are the last ones of the keys.</param>
    /// <param name="causal">True if a query sees no later key.</param>
    /// <param name="bias">What positions add to the scores, (1 or batch, heads, queries, keys), for so many queries and keys; or null.</param>
    /// <param name="blindPadding">True where padding looks nowhere.</param>
    public LayerMasks(
        FrontLayout front, IReadOnlyList<Layer> layers, Tensor? tokens, long count, Tensor hidden, bool causal, Func<long, long, Tensor>? bias = null, bool blindPadding = false)
    {
        (_front, _layers, _masks) = (front, layers, []);
        long queries = hidden.shape[1];
        foreach ((FrontKeys keys, int? window) in Enumerable.Range(0, layers.Count).Select(Kind).Distinct())
        {
            long all = keys.Count + front.Embedded + count;
            Tensor? mask = AttentionMasks.Build(front.Mask(keys, tokens, count), queries, all, causal, window, hidden.dtype, hidden.device);
            if (blindPadding && mask is not null && front.RowMask(tokens, count) is { } real)
                mask = AttentionMasks.BlindPadding(mask, real.narrow(1, real.shape[1] - queries, queries));
            _masks[(keys, window)] = bias is null ? mask : mask is null ? bias(queries, all) : bias(queries, all).Plus(mask);
        }
    }

    private LayerMasks(LayerMasks other, int layer, Tensor? mask)
    {
        (_front, _layers) = (other._front, other._layers);
        _masks = new() { [other.Kind(layer)] = mask };
    }

    /// <summary>That of a layer, or null where nothing is added.</summary>
    public Tensor? At(int layer) => _masks[Kind(layer)];

    /// <summary>A layer's alone, with another tensor in its place.</summary>
    public LayerMasks With(int layer, Tensor? mask) => new(this, layer, mask);

    private (FrontKeys Front, int? Window) Kind(int layer) => (_front.Keys(layer), _layers[layer].Attention.Window);
}
