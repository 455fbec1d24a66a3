using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The first element and the strides of heads (batch, heads, length, width) wherever the projection left them.</summary>
internal readonly unsafe struct HeadMemory
{
    private readonly float* _first;
    private readonly long _batch, _head;

    public HeadMemory(Tensor x)
    {
        long[] strides = x.stride();
        (_batch, _head, Row) = (strides[0], strides[1], (nint)strides[2]);
        // A strided view's span cannot be asked for, its first element can.
        using Tensor first = x.as_strided([1], [1], x.storage_offset());
        _first = FusedKernels.Memory(first);
    }

    /// <summary>From one position to the next, in elements.</summary>
    public nint Row { get; }

    /// <summary>Position 0 of a head.</summary>
    public float* At(long batch, long head) => _first + batch * _batch + head * _head;
}

/// <summary>The sizes of one attention call.</summary>
internal readonly record struct AttentionShape(int Batch, int Heads, int Groups, int Queries, int Keys, int Width)
{
    public static AttentionShape Of(Tensor q, Tensor k) =>
        new((int)q.shape[0], (int)q.shape[1], (int)k.shape[1], (int)q.shape[2], (int)k.shape[2], (int)q.shape[3]);

    /// <summary>Query heads that share a key/value head.</summary>
    public int PerGroup => Heads / Groups;

    /// <summary>The keys, up to a whole number of vectors.</summary>
    public int PaddedKeys => Padded(Keys);

    public static int Padded(int count) => (count + SmallProduct.Lanes - 1) / SmallProduct.Lanes * SmallProduct.Lanes;
}

/// <summary>An additive mask (batch or 1, 1, queries or 1, keys), row by row.</summary>
internal readonly unsafe struct MaskMemory
{
    // What counts as "may not look": half of the lowest number, so that any score added to it still falls below.
    private const float Forbidden = float.MinValue / 2;

    private readonly float* _first;
    private readonly long _batch, _query;

    public MaskMemory(Tensor? mask, int keys)
    {
        _first = mask is null ? null : FusedKernels.Memory(mask);
        _batch = mask is not null && mask.shape[0] > 1 ? mask.shape[2] * keys : 0;
        _query = mask is not null && mask.shape[2] > 1 ? keys : 0;
    }

    /// <summary>The row of a query, or null where nothing is masked.</summary>
    public float* Row(long batch, long query) => _first is null ? null : _first + batch * _batch + query * _query;

    /// <summary>One more than the last key that the query may see; all of them where it may see none (padding).</summary>
    public int Visible(long batch, long query, int keys)
    {
        float* row = Row(batch, query);
        if (row is null)
            return keys;
        int last = keys;
        while (last > 0 && row[last - 1] <= Forbidden)
            last--;
        return last == 0 ? keys : last;
    }
}
