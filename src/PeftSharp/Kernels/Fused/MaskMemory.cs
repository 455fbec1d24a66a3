using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>What queries may see: by an additive mask (batch or 1, heads or 1, queries or 1, keys), row by row, or by their places.</summary>
internal readonly unsafe struct MaskMemory<T>
    where T : unmanaged, IElement<T>
{
    // What counts as "may not look": half of the lowest number, so that any score added to it still falls below.
    private const float Forbidden = float.MinValue / 2;

    private readonly T* _first;
    private readonly long _batch, _head, _query;
    private readonly int _causalFrom;

    public MaskMemory(Tensor? mask, int keys)
    {
        _first = mask is null ? null : FusedKernels.Memory<T>(mask);
        _query = mask is not null && mask.shape[2] > 1 ? keys : 0;
        _head = mask is not null && mask.shape[1] > 1 ? mask.shape[2] * keys : 0;
        _batch = mask is not null && mask.shape[0] > 1 ? mask.shape[1] * mask.shape[2] * keys : 0;
        _causalFrom = -1;
    }

    private MaskMemory(int causalFrom) => _causalFrom = causalFrom;

    /// <summary>No mask: all keys for each query, or, where it is causal, those in front and those up to its own place.</summary>
    public static MaskMemory<T> ByPlace(bool causal, int front) => new(causal ? front : -1);

    /// <summary>The row of a query, or null where no mask is to be added.</summary>
    public T* Row(long batch, long head, long query) => _first is null ? null : _first + batch * _batch + head * _head + query * _query;

    /// <summary>One more than the last key that the query may see; all of them where it may see none (padding).</summary>
    public int Visible(long batch, long head, long query, int keys)
    {
        T* row = Row(batch, head, query);
        if (row is null)
            return _causalFrom < 0 ? keys : _causalFrom + (int)query + 1;
        int last = keys;
        while (last >= 8 && Vector256.LessThanOrEqualAll(T.Load(row + last - 8), Vector256.Create(Forbidden)))
            last -= 8;
        while (last > 0 && T.One(row[last - 1]) <= Forbidden)
            last--;
        return last == 0 ? keys : last;
    }
}
