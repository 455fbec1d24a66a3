using System.Buffers;

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

    /// <summary>Rows of <paramref name="width"/> values, copied side by side.</summary>
    public static void Gather(float* from, nint row, int rows, int width, float* into)
    {
        for (int i = 0; i < rows; i++)
            new ReadOnlySpan<float>(from + i * row, width).CopyTo(new Span<float>(into + (nint)i * width, width));
    }

    /// <summary>The way back.</summary>
    public static void Scatter(float* from, int rows, int width, float* into, nint row)
    {
        for (int i = 0; i < rows; i++)
            new ReadOnlySpan<float>(from + (nint)i * width, width).CopyTo(new Span<float>(into + i * row, width));
    }

    public void Dispose()
    {
        _pin.Dispose();
        ArrayPool<float>.Shared.Return(_rented);
    }
}
