using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>An additive mask (batch or 1, 1, queries or 1, keys), row by row.</summary>
internal readonly unsafe struct MaskMemory<T>
    where T : unmanaged, IElement<T>
{
    // What counts as "may not look": half of the lowest number, so that any score added to it still falls below.
    private const float Forbidden = float.MinValue / 2;

    private readonly T* _first;
    private readonly long _batch, _query;

    public MaskMemory(Tensor? mask, int keys)
    {
        _first = mask is null ? null : FusedKernels.Memory<T>(mask);
        _batch = mask is not null && mask.shape[0] > 1 ? mask.shape[2] * keys : 0;
        _query = mask is not null && mask.shape[2] > 1 ? keys : 0;
    }

    /// <summary>The row of a query, or null where nothing is masked.</summary>
    public T* Row(long batch, long query) => _first is null ? null : _first + batch * _batch + query * _query;

    /// <summary>One more than the last key that the query may see; all of them where it may see none (padding).</summary>
    public int Visible(long batch, long query, int keys)
    {
        T* row = Row(batch, query);
        if (row is null)
            return keys;
        int last = keys;
        while (last >= 8 && Vector256.LessThanOrEqualAll(T.Load(row + last - 8), Vector256.Create(Forbidden)))
            last -= 8;
        while (last > 0 && T.One(row[last - 1]) <= Forbidden)
            last--;
        return last == 0 ? keys : last;
    }
}
