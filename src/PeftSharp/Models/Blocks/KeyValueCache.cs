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
    public void Reorder(Tensor rows)
    {
        using var scope = NewDisposeScope();
        for (int layer = 0; layer < _keys.Count; layer++)
            foreach (Tensor buffer in (ReadOnlySpan<Tensor>)[_keys[layer], _values[layer]])
            {
                Tensor used = buffer.narrow(2, 0, Held(layer));
                used.copy_(used.index_select(0, rows));
            }
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

    /// <summary>Takes over the layout of the virtual tokens that the first step is going to write.</summary>
    internal void Begin(FrontLayout front) => Front = front.Kept();

    /// <summary>Called once a step, after the last layer.</summary>
    internal void Advance(long tokens) => Length += tokens;
}
