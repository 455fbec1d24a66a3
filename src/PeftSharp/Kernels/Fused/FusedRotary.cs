using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// Rotary positions on the two halves (a, b) of each head: (a c − b s, b c + a s); the backward turns the other way.
/// Reads the heads where the projection left them and writes them contiguously.
/// </summary>
internal static class FusedRotary
{
    private const int Lanes = 8;

    /// <summary>Takes (batch, heads, length, width) with contiguous heads, and angles shared by all rows.</summary>
    public static bool Takes(Tensor x, Tensor cos, Tensor sin) =>
        FusedKernels.Take(x) && x.dim() == 4 && x.stride(3) == 1 && x.shape[3] % (2 * Lanes) == 0 && cos.shape[0] == 1
        && cos.dtype == x.dtype && cos.is_contiguous() && sin.dtype == x.dtype && sin.is_contiguous();

    public static Tensor Run(Tensor x, Tensor cos, Tensor sin)
    {
        Tensor y = Turn(x, cos, sin, forward: true);
        if (!GraphNode.IsNeeded(x))
            return y;
        Tensor[] kept = [GraphNode.Keep(cos), GraphNode.Keep(sin)];
        return GraphNode.Attach("rotary", y, [x], kept, gradient =>
            [Turn(gradient.stride(3) == 1 ? gradient : gradient.contiguous(), kept[0], kept[1], forward: false)]);
    }

    private static Tensor Turn(Tensor x, Tensor cos, Tensor sin, bool forward) =>
        x.dtype == ScalarType.BFloat16 ? Turn<Bf16>(x, cos, sin, forward) : Turn<Fp32>(x, cos, sin, forward);

    private static unsafe Tensor Turn<T>(Tensor x, Tensor cos, Tensor sin, bool forward)
        where T : unmanaged, IElement<T>
    {
        (long heads, long length, int width) = (x.shape[1], x.shape[2], (int)x.shape[3]);
        int half = width / 2;
        // The backward's result lies as the projection's output does: (batch, length, heads, width).
        using Tensor? memory = forward ? null : empty(x.shape[0], length, heads, width, dtype: x.dtype);
        Tensor y = memory is null ? empty(x.shape[0], heads, length, width, dtype: x.dtype) : memory.transpose(1, 2);
        (HeadMemory<T> from, HeadMemory<T> into) = (new(x), new(y));
        T* c = FusedKernels.Memory<T>(cos), s = FusedKernels.Memory<T>(sin);
        float sign = forward ? 1 : -1;
        FusedKernels.OverRows(x.shape[0] * heads, length * width, (first, end) =>
        {
            for (int head = first; head < end; head++)
            {
                T* input = from.At(head / heads, head % heads), output = into.At(head / heads, head % heads);
                for (long at = 0; at < length; at++)
                    if (Wide.Takes(half))
                        Row<T, V16>(input + at * from.Row, c + at * width, s + at * width, sign, output + at * into.Row, half);
                    else
                        Row<T, V8>(input + at * from.Row, c + at * width, s + at * width, sign, output + at * into.Row, half);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(cos);
        GC.KeepAlive(sin);
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Row<T, V>(T* x, T* cos, T* sin, float sign, T* y, int half)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (int j = 0; j < half; j += V.Count)
        {
            V lower = V.Load(x + j), upper = V.Load(x + half + j);
            V cosines = V.Load(cos + j), sines = V.Load(sin + j) * V.Create(sign);
            V.Store(lower * cosines - upper * sines, y + j);
            V.Store(V.Fma(upper, cosines, lower * sines), y + half + j);
        }
    }
}
