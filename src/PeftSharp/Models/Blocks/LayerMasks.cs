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
    private readonly IReadOnlyList<int?> _windows;
    private readonly Dictionary<(FrontKeys Front, int? Window), Tensor?> _masks;

    /// <param name="front">What stands in front of the tokens.</param>
    /// <param name="windows">How far each layer sees (<see cref="MultiHeadAttention.Window"/>).</param>
    /// <param name="tokens">1 for a real token and 0 for padding, (batch, tokens), or null.</param>
    /// <param name="count">The number of tokens, those of a cache among them.</param>
    /// <param name="queries">The number of queries: the last ones of the keys; 1 where all see the same.</param>
    /// <param name="hidden">Dtype and device.</param>
    /// <param name="causal">True if a query sees no later key.</param>
    /// <param name="bias">What positions add to the scores, (1 or batch, heads, queries, keys), for so many queries, keys, and keys in front that take no position; or null.</param>
    /// <param name="blindPadding">True where padding looks nowhere.</param>
    public LayerMasks(
        FrontLayout front, IReadOnlyList<int?> windows, Tensor? tokens, long count, long queries, Tensor hidden, bool causal,
        Func<long, long, long, Tensor>? bias = null, bool blindPadding = false)
    {
        (_front, _windows, _masks) = (front, windows, []);
        foreach ((FrontKeys keys, int? window) in Enumerable.Range(0, windows.Count).Select(Kind).Distinct())
        {
            long all = keys.Count + front.Embedded + count;
            Tensor? mask = AttentionMasks.Build(front.Mask(keys, tokens, count), queries, all, causal, window, hidden.dtype, hidden.device);
            if (blindPadding && mask is not null && front.RowMask(tokens, count) is { } real)
                mask = AttentionMasks.BlindPadding(mask, real.narrow(1, real.shape[1] - queries, queries));
            Tensor? added = bias?.Invoke(queries, all, Untaken(keys));
            _masks[(keys, window)] = added is null || mask is null ? added ?? mask : added.Plus(mask);
        }
    }

    private LayerMasks(LayerMasks other, Dictionary<(FrontKeys Front, int? Window), Tensor?> masks) =>
        (_front, _windows, _masks) = (other._front, other._windows, masks);

    /// <summary>That of a layer, or null where nothing is added.</summary>
    public Tensor? At(int layer) => _masks[Kind(layer)];

    /// <summary>Takes the tensors out of the dispose scope: they are then the caller's (<see cref="Free"/>).</summary>
    public LayerMasks Kept()
    {
        foreach (Tensor? mask in _masks.Values)
            mask?.DetachFromDisposeScope();
        return this;
    }

    /// <summary>The same for a batch whose row i is row <paramref name="rows"/>[i] of this one's.</summary>
    public LayerMasks Reordered(Tensor rows)
    {
        LayerMasks other = new(this, _masks.ToDictionary(pair => pair.Key, pair => pair.Value is { } mask && mask.shape[0] > 1 ? mask.index_select(0, rows) : pair.Value?.clone()));
        return other.Kept();
    }

    /// <summary>Frees what <see cref="Kept"/> took.</summary>
    public void Free()
    {
        foreach (Tensor? mask in _masks.Values)
            mask?.Dispose();
    }

    /// <summary>A layer's alone, with another tensor in its place.</summary>
    public LayerMasks With(int layer, Tensor? mask) => new(this, new() { [Kind(layer)] = mask });

    private static int Untaken(FrontKeys keys) => keys.Untaken >= 0 ? keys.Untaken : throw new PeftException(
        "Rows of a batch on this model cannot have prefixes that take positions beside ones that take none, or of unlike length: give each its own batch.");

    private (FrontKeys Front, int? Window) Kind(int layer) => (_front.Keys(layer), _windows[layer]);
}
