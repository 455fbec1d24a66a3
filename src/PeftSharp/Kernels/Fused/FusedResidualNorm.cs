using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// y = n w + b with n = (s − mean(s)) r, r = 1 / √(var(s) + ε), s = x + drop(h): the end of a post-norm sub-layer in one
/// pass each way. For frozen w and b, with g = dy ∘ w:
/// dx = r (g − mean(g) − n mean(g ∘ n)); dh = drop(dx) with the same mask. Only n and r are kept.
/// </summary>
internal static class FusedResidualNorm
{
    private const int Lanes = 8;

    public static bool Takes(Tensor hidden, Tensor residual, Tensor weight, Tensor bias) =>
        FusedKernels.Take(hidden) && FusedKernels.Take(residual) && hidden.dtype == residual.dtype
        && hidden.is_contiguous() && residual.is_contiguous()
        && hidden.shape[^1] % Lanes == 0 && hidden.numel() == residual.numel()
        && FusedKernels.TakeFrozen(weight, hidden.dtype) && FusedKernels.TakeFrozen(bias, hidden.dtype);

    public static Tensor Run(Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon, double dropout)
    {
        uint key = dropout > 0 ? Draws.Key() : 0;
        bool graph = GraphNode.IsNeeded(hidden) || GraphNode.IsNeeded(residual);
        (Tensor y, Tensor? normal, Tensor? inverse) = hidden.dtype == ScalarType.BFloat16
            ? Compute<Bf16>(hidden, residual, weight, bias, epsilon, dropout, key, graph)
            : Compute<Fp32>(hidden, residual, weight, bias, epsilon, dropout, key, graph);
        if (normal is null || inverse is null)
            return y;
        Tensor[] kept = [normal.DetachFromDisposeScope(), inverse.DetachFromDisposeScope(), GraphNode.Keep(weight)];
        return GraphNode.Attach("norm", y, [hidden, residual], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return dy.dtype == ScalarType.BFloat16
                ? Backward<Bf16>(dy, kept[0], kept[1], kept[2], dropout, key)
                : Backward<Fp32>(dy, kept[0], kept[1], kept[2], dropout, key);
        });
    }

    private static unsafe (Tensor Y, Tensor? Normal, Tensor? Inverse) Compute<T>(
        Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon, double dropout, uint key, bool keep)
        where T : unmanaged, IElement<T>
    {
        int width = (int)hidden.shape[^1], rows = (int)(hidden.numel() / width);
        Tensor y = empty_like(hidden);
        Tensor? normal = keep ? empty_like(hidden) : null, inverse = keep ? empty(rows) : null;
        T* h = FusedKernels.Memory<T>(hidden), x = FusedKernels.Memory<T>(residual), into = FusedKernels.Memory<T>(y);
        T* w = FusedKernels.Memory<T>(weight), b = FusedKernels.Memory<T>(bias);
        T* normals = normal is null ? null : FusedKernels.Memory<T>(normal);
        float* inverses = inverse is null ? null : FusedKernels.Memory(inverse);
        bool drops = dropout > 0;
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, (first, end) =>
        {
            // One row of sums in fp32.
            using HeadScratch scratch = new(width);
            float* s = scratch.Take(width);
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                T* n = normals is null ? null : normals + at;
                float r = Wide.Takes(width)
                    ? Row<T, V16>(h + at, x + at, w, b, s, n, into + at, width, epsilon, drops, mask, at)
                    : Row<T, V8>(h + at, x + at, w, b, s, n, into + at, width, epsilon, drops, mask, at);
                if (inverses is not null)
                    inverses[row] = r;
            }
        });
        GC.KeepAlive(hidden);
        GC.KeepAlive(residual);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return (y, normal, inverse);
    }

    private static unsafe Tensor[] Backward<T>(Tensor dy, Tensor normal, Tensor inverse, Tensor weight, double dropout, uint key)
        where T : unmanaged, IElement<T>
    {
        int width = (int)normal.shape[^1], rows = (int)(normal.numel() / width);
        Tensor dx = empty_like(normal), dh = dropout > 0 ? empty_like(normal) : dx.alias();
        T* gradient = FusedKernels.Memory<T>(dy), n = FusedKernels.Memory<T>(normal), w = FusedKernels.Memory<T>(weight);
        T* intoX = FusedKernels.Memory<T>(dx), intoH = FusedKernels.Memory<T>(dh);
        float* inverses = FusedKernels.Memory(inverse);
        bool drops = dropout > 0;
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                if (Wide.Takes(width))
                    RowBack<T, V16>(gradient + at, n + at, w, inverses[row], intoX + at, intoH + at, width, drops, mask, at);
                else
                    RowBack<T, V8>(gradient + at, n + at, w, inverses[row], intoX + at, intoH + at, width, drops, mask, at);
            }
        });
        GC.KeepAlive(dy);
        return [dh, dx];
    }

    /// <summary>One row of y, and of n where it is kept; gives r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Row<T, V>(
        T* h, T* x, T* weight, T* bias, float* s, T* normal, T* y, int width, double epsilon, bool drops, CounterMask mask, long place)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        V sum = V.Create(0);
        for (int j = 0; j < width; j += V.Count)
        {
            V value = V.Load(h + j);
            if (drops)
                value *= mask.FactorsAt<V>(place + j);
            value += V.Load(x + j);
            sum += value;
            V.Store(value, s + j);
        }
        V mean = V.Create(V.Sum(sum) / width), squares = V.Create(0);
        for (int j = 0; j < width; j += V.Count)
        {
            V centred = V.Load(s + j) - mean;
            squares = V.Fma(centred, centred, squares);
        }
        float variance = V.Sum(squares) / width;
        // One that overflowed says nothing about the values: a loss that is no number is noticed, a silent 0 is not.
        float r = float.IsFinite(variance) ? (float)(1 / Math.Sqrt(variance + epsilon)) : float.NaN;
        V factor = V.Create(r);
        for (int j = 0; j < width; j += V.Count)
        {
            V value = (V.Load(s + j) - mean) * factor;
            if (normal is not null)
                V.Store(value, normal + j);
            V.Store(V.Fma(value, V.Load(weight + j), V.Load(bias + j)), y + j);
        }
        return r;
    }

    /// <summary>One row of dx and dh.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RowBack<T, V>(
        T* dy, T* normal, T* weight, float inverse, T* dx, T* dh, int width, bool drops, CounterMask mask, long place)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        V sum = V.Create(0), along = V.Create(0);
        for (int j = 0; j < width; j += V.Count)
        {
            V g = V.Load(dy + j) * V.Load(weight + j);
            sum += g;
            along = V.Fma(g, V.Load(normal + j), along);
        }
        V mean = V.Create(V.Sum(sum) / width), part = V.Create(V.Sum(along) / width), r = V.Create(inverse);
        for (int j = 0; j < width; j += V.Count)
        {
            V g = V.Load(dy + j) * V.Load(weight + j);
            V value = r * (g - mean - V.Load(normal + j) * part);
            V.Store(value, dx + j);
            if (drops)
                V.Store(value * mask.FactorsAt<V>(place + j), dh + j);
        }
    }
}
