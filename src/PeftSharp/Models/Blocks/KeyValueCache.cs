using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// The keys and values of the tokens seen so far, of every layer, in buffers reserved once: a step writes its rows and
/// reads a view. Made by <see cref="BaseModel.CreateCache"/>; belongs to one generation at a time.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly List<Tensor> _keys = [];
    private readonly List<Tensor> _values = [];
    private readonly Func<Tensor> _make;
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> _crossed = [];
    private LayerMasks? _crossMasks;

    internal KeyValueCache(int layers, long batch, long heads, long capacity, long width, ScalarType dtype, Device device)
    {
        Capacity = capacity;
        _make = () => empty([batch, heads, capacity, width], dtype: dtype, device: device).DetachFromDisposeScope();
        Reserve(layers);
    }

    /// <summary>The most tokens that fit, virtual ones among them.</summary>
    public long Capacity { get; }

    /// <summary>The tokens held so far, without virtual ones.</summary>
    public long Length { get; private set; }

    /// <summary>True once tokens are held.</summary>
    internal bool HasBegun => Length > 0;

    /// <summary>The virtual tokens that it holds in front of the tokens, once it has begun.</summary>
    internal FrontLayout Front { get; private set; } = FrontLayout.None;

    private long Held(int layer) => HasBegun ? Front.Count(layer) + Length : 0;

    /// <summary>The bytes of the buffers.</summary>
    internal long Bytes => _keys.Concat(_values).Sum(buffer => buffer.numel() * buffer.element_size());

    /// <summary>Makes each row of the batch a copy of the row named for it (beam search).</summary>
    /// <param name="rows">int64 (batch): the row that row i becomes.</param>
    public void Reorder(Tensor rows) => Reorder(rows, movesSources: true);

    /// <summary>The same; false where every row comes from one with the same text for the encoder (the beams of a prompt).</summary>
    internal void Reorder(Tensor rows, bool movesSources)
    {
        using var scope = NewDisposeScope();
        for (int layer = 0; layer < _keys.Count; layer++)
            foreach (Tensor buffer in (ReadOnlySpan<Tensor>)[_keys[layer], _values[layer]])
            {
                Tensor used = buffer.narrow(2, 0, Held(layer));
                used.copy_(used.index_select(0, rows));
            }
        if (movesSources)
            MoveSources(rows);
        FrontLayout old = Front;
        Front = old.Reordered(rows);
        if (Front != old)
            old.Dispose();
    }

    /// <summary>Forgets every token and keeps the buffers.</summary>
    public void Clear()
    {
        Length = 0;
        Front.Dispose();
        Front = FrontLayout.None;
        foreach ((Tensor keys, Tensor values) in _crossed.Values)
        {
            keys.Dispose();
            values.Dispose();
        }
        _crossed.Clear();
        _crossMasks?.Free();
        _crossMasks = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        foreach (Tensor buffer in _keys.Concat(_values))
            buffer.Dispose();
    }

    /// <summary>Writes the new tokens of a layer and returns all of its keys and values, as views.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v)
    {
        Reserve(layer + 1);
        long fresh = k.shape[2];
        long held = Held(layer);
        if (held + fresh > Capacity)
            throw new InvalidOperationException($"The key/value cache holds {Capacity} tokens and {held + fresh} are asked for.");
        using (Tensor keys = _keys[layer].narrow(2, held, fresh))
            keys.copy_(k);
        using (Tensor values = _values[layer].narrow(2, held, fresh))
            values.copy_(v);
        return (_keys[layer].narrow(2, 0, held + fresh), _values[layer].narrow(2, 0, held + fresh));
    }

    /// <summary>Buffers for so many layers: an adapter may run more than the base has.</summary>
    private void Reserve(int layers)
    {
        while (_keys.Count < layers)
        {
            _keys.Add(_make());
            _values.Add(_make());
        }
    }

    /// <summary>The masks of the cross attentions, once they are kept.</summary>
    internal LayerMasks? CrossMasks => _crossMasks;

    /// <summary>A layer's keys and values of the encoder's output, once they are kept.</summary>
    internal (Tensor Keys, Tensor Values)? Crossed(int layer) => _crossed.TryGetValue(layer, out (Tensor, Tensor) pair) ? pair : null;

    /// <summary>Keeps them for the steps to come.</summary>
    internal void KeepCrossed(int layer, Tensor k, Tensor v) =>
        _crossed[layer] = (k.contiguous().DetachFromDisposeScope(), v.contiguous().DetachFromDisposeScope());

    /// <summary>Takes over the masks of the cross attentions.</summary>
    internal void KeepCrossMasks(LayerMasks masks) => _crossMasks = masks.Kept();

    private void MoveSources(Tensor rows)
    {
        foreach ((int layer, (Tensor keys, Tensor values)) in _crossed.ToArray())
        {
            KeepCrossed(layer, keys.index_select(0, rows), values.index_select(0, rows));
            keys.Dispose();
            values.Dispose();
        }
        LayerMasks? old = _crossMasks;
        _crossMasks = old?.Reordered(rows);
        old?.Free();
    }

    /// <summary>Takes over the layout of the virtual tokens that the first step is going to write.</summary>
    internal void Begin(FrontLayout front) => Front = front.Kept();

    /// <summary>Called once a step, after the last layer.</summary>
    internal void Advance(long tokens) => Length += tokens;
}
