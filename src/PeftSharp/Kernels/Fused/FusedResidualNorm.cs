using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            // One row of sums in fp32.
            using HeadScratch scratch = new(width);
            float* s = scratch.Take(width);
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                Vector256<float> sum = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> value = T.Load(h + at + j);
                    if (dropout > 0)
                        value *= mask.FactorsAt(at + j);
                    value += T.Load(x + at + j);
                    sum += value;
                    Vector256.Store(value, s + j);
                }
                Vector256<float> mean = Vector256.Create(Vector256.Sum(sum) / width), squares = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> centred = Vector256.Load(s + j) - mean;
                    squares = Vector256.FusedMultiplyAdd(centred, centred, squares);
                }
                float variance = Vector256.Sum(squares) / width;
                // One that overflowed says nothing about the values: a loss that is no number is noticed, a silent 0 is not.
                float r = float.IsFinite(variance) ? (float)(1 / Math.Sqrt(variance + epsilon)) : float.NaN;
                if (inverses is not null)
                    inverses[row] = r;
                Vector256<float> factor = Vector256.Create(r);
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> value = (Vector256.Load(s + j) - mean) * factor;
                    if (normals is not null)
                        T.Store(value, normals + at + j);
                    T.Store(Vector256.FusedMultiplyAdd(value, T.Load(w + j), T.Load(b + j)), into + at + j);
                }
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
        CounterMask mask = new(key, dropout);
        FusedKernels.OverRows(rows, 4L * width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                long at = (long)row * width;
                Vector256<float> sum = default, along = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> g = T.Load(gradient + at + j) * T.Load(w + j);
                    sum += g;
                    along = Vector256.FusedMultiplyAdd(g, T.Load(n + at + j), along);
                }
                Vector256<float> mean = Vector256.Create(Vector256.Sum(sum) / width), part = Vector256.Create(Vector256.Sum(along) / width);
                Vector256<float> r = Vector256.Create(inverses[row]);
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> g = T.Load(gradient + at + j) * T.Load(w + j);
                    Vector256<float> value = r * (g - mean - T.Load(n + at + j) * part);
                    T.Store(value, intoX + at + j);
                    if (dropout > 0)
                        T.Store(value * mask.FactorsAt(at + j), intoH + at + j);
                }
            }
        });
        GC.KeepAlive(dy);
        return [dh, dx];
    }
}
