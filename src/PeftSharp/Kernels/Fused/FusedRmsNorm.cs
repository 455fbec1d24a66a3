using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// With r = 1 / √(mean(x²) + ε): y = x r w, and for a frozen w
/// dx = r (dy ∘ w) − x r³ ⟨dy ∘ w, x⟩ / n. One pass over memory each way; only x and r are kept.
/// </summary>
internal static class FusedRmsNorm
{
    private const int Lanes = 8;

    public static bool Takes(Tensor x, Tensor weight) =>
        FusedKernels.Take(x) && x.is_contiguous() && x.shape[^1] % Lanes == 0 && (FusedKernels.TakeFrozen(weight, x.dtype) || FusedKernels.TakeFrozen(weight, ScalarType.Float32));

    public static Tensor Run(Tensor x, Tensor weight, double epsilon)
    {
        Tensor y = x.dtype != ScalarType.BFloat16 ? Compute<Fp32, Fp32>(x, weight, epsilon, out Tensor inverse)
            : weight.dtype == ScalarType.BFloat16 ? Compute<Bf16, Bf16>(x, weight, epsilon, out inverse)
            : Compute<Bf16, Fp32>(x, weight, epsilon, out inverse);
        if (!GraphNode.IsNeeded(x))
        {
            inverse.Dispose();
            return y;
        }
        Tensor[] kept = [GraphNode.Keep(x), GraphNode.Keep(weight), inverse.DetachFromDisposeScope()];
        return GraphNode.Attach("norm", y, [x], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return [dy.dtype != ScalarType.BFloat16 ? Backward<Fp32, Fp32>(dy, kept[0], kept[1], kept[2])
                : kept[1].dtype == ScalarType.BFloat16 ? Backward<Bf16, Bf16>(dy, kept[0], kept[1], kept[2])
                : Backward<Bf16, Fp32>(dy, kept[0], kept[1], kept[2])];
        });
    }

    private static unsafe Tensor Compute<T, W>(Tensor x, Tensor weight, double epsilon, out Tensor inverse)
        where T : unmanaged, IElement<T>
        where W : unmanaged, IElement<W>
    {
        int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
        Tensor y = empty_like(x);
        inverse = empty(rows);
        T* from = FusedKernels.Memory<T>(x), into = FusedKernels.Memory<T>(y);
        W* scale = FusedKernels.Memory<W>(weight);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* input = from + (long)row * width, output = into + (long)row * width;
                inverses[row] = Wide.Takes(width) ? Row<T, W, V16>(input, scale, output, width, epsilon) : Row<T, W, V8>(input, scale, output, width, epsilon);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return y;
    }

    private static unsafe Tensor Backward<T, W>(Tensor dy, Tensor x, Tensor weight, Tensor inverse)
        where T : unmanaged, IElement<T>
        where W : unmanaged, IElement<W>
    {
        int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
        Tensor dx = empty_like(x);
        T* from = FusedKernels.Memory<T>(x);
        W* scale = FusedKernels.Memory<W>(weight);
        T* gradient = FusedKernels.Memory<T>(dy), into = FusedKernels.Memory<T>(dx);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                if (Wide.Takes(width))
                    RowBack<T, W, V16>(gradient + at, from + at, scale, inverses[row], into + at, width);
                else
                    RowBack<T, W, V8>(gradient + at, from + at, scale, inverses[row], into + at, width);
            }
        });
        GC.KeepAlive(dy);
        return dx;
    }

    /// <summary>One row of y; gives r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Row<T, W, V>(T* x, W* weight, T* y, int width, double epsilon)
        where T : unmanaged, IElement<T>
        where W : unmanaged, IElement<W>
        where V : unmanaged, IVector<V>
    {
        V squares = V.Create(0);
        for (int j = 0; j < width; j += V.Count)
        {
            V value = V.Load(x + j);
            squares = V.Fma(value, value, squares);
        }
        float r = (float)(1 / Math.Sqrt(V.Sum(squares) / width + epsilon));
        V factor = V.Create(r);
        for (int j = 0; j < width; j += V.Count)
            V.Store(V.Load(x + j) * factor * V.Load(weight + j), y + j);
        return r;
    }

    /// <summary>One row of dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RowBack<T, W, V>(T* dy, T* x, W* weight, float r, T* dx, int width)
        where T : unmanaged, IElement<T>
        where W : unmanaged, IElement<W>
        where V : unmanaged, IVector<V>
    {
        V sum = V.Create(0);
        for (int j = 0; j < width; j += V.Count)
            sum = V.Fma(V.Load(dy + j) * V.Load(weight + j), V.Load(x + j), sum);
        V along = V.Create(-r * r * r * (V.Sum(sum) / width)), factor = V.Create(r);
        for (int j = 0; j < width; j += V.Count)
        {
            V scaled = V.Load(dy + j) * V.Load(weight + j) * factor;
            V.Store(V.Fma(V.Load(x + j), along, scaled), dx + j);
        }
    }
}
