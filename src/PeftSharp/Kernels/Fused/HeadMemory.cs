using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The first element and the strides of heads (batch, heads, length, width) wherever the projection left them.</summary>
internal readonly unsafe struct HeadMemory<T>
    where T : unmanaged
{
    private readonly T* _first;
    private readonly long _batch, _head;

    public HeadMemory(Tensor x)
    {
        long[] strides = x.stride();
        (_batch, _head, Row) = (strides[0], strides[1], (nint)strides[2]);
        // A strided view's span cannot be asked for, its first element can.
        using Tensor first = x.as_strided([1], [1], x.storage_offset());
        _first = FusedKernels.Memory<T>(first);
    }

    /// <summary>From one position to the next, in elements.</summary>
    public nint Row { get; }

    /// <summary>Position 0 of a head.</summary>
    public T* At(long batch, long head) => _first + batch * _batch + head * _head;
}
