using System.Buffers;
using System.Runtime.CompilerServices;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// Working memory of one thread for one attention head at a time. Heads lie a whole model width apart from row to row,
/// often a multiple of 512 bytes, so that their rows fall into few sets of the first cache: they are copied together first.
/// </summary>
internal sealed unsafe class HeadScratch : IDisposable
{
    private readonly float[] _rented;
    private MemoryHandle _pin;
    private float* _next;

    /// <param name="size">How many values are taken in all.</param>
    public HeadScratch(int size)
    {
        _rented = ArrayPool<float>.Shared.Rent(size);
        _pin = _rented.AsMemory().Pin();
        _next = (float*)_pin.Pointer;
    }

    /// <summary>The next so many values; what they hold is left from before.</summary>
    public float* Take(int size)
    {
        float* taken = _next;
        _next += size;
        return taken;
    }

    /// <summary>Rows of <paramref name="width"/> (a multiple of eight) values, copied side by side and widened.</summary>
    public static void Gather<T>(T* from, nint row, int rows, int width, float* into)
        where T : unmanaged, IElement<T>
    {
        if (Wide.Takes(width))
            Gather<T, V16>(from, row, rows, width, into);
        else
            Gather<T, V8>(from, row, rows, width, into);
    }

    /// <summary>The way back.</summary>
    public static void Scatter<T>(float* from, int rows, int width, T* into, nint row)
        where T : unmanaged, IElement<T>
    {
        if (Wide.Takes(width))
            Scatter<T, V16>(from, rows, width, into, row);
        else
            Scatter<T, V8>(from, rows, width, into, row);
    }

    public void Dispose()
    {
        _pin.Dispose();
        ArrayPool<float>.Shared.Return(_rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T, V>(T* from, nint row, int rows, int width, float* into)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < width; j += V.Count)
                V.Store(V.Load(from + i * row + j), into + (nint)i * width + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter<T, V>(float* from, int rows, int width, T* into, nint row)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < width; j += V.Count)
                V.Store(V.Load(from + (nint)i * width + j), into + i * row + j);
    }
}
