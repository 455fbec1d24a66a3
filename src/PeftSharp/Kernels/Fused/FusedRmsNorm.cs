using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        FusedKernels.Take(x) && x.is_contiguous() && x.shape[^1] % Lanes == 0 && FusedKernels.TakeFrozen(weight, x.dtype);

    public static Tensor Run(Tensor x, Tensor weight, double epsilon)
    {
        Tensor y = x.dtype == ScalarType.BFloat16
            ? Compute<Bf16>(x, weight, epsilon, out Tensor inverse)
            : Compute<Fp32>(x, weight, epsilon, out inverse);
        if (!GraphNode.IsNeeded(x))
        {
            inverse.Dispose();
            return y;
        }
        Tensor[] kept = [GraphNode.Keep(x), GraphNode.Keep(weight), inverse.DetachFromDisposeScope()];
        return GraphNode.Attach("norm", y, [x], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return [dy.dtype == ScalarType.BFloat16
                ? Backward<Bf16>(dy, kept[0], kept[1], kept[2])
                : Backward<Fp32>(dy, kept[0], kept[1], kept[2])];
        });
    }

    private static unsafe Tensor Compute<T>(Tensor x, Tensor weight, double epsilon, out Tensor inverse)
        where T : unmanaged, IElement<T>
    {
        int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
        Tensor y = empty_like(x);
        inverse = empty(rows);
        T* from = FusedKernels.Memory<T>(x), scale = FusedKernels.Memory<T>(weight), into = FusedKernels.Memory<T>(y);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* input = from + (long)row * width, output = into + (long)row * width;
                Vector256<float> squares = default;
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> value = T.Load(input + j);
                    squares = Vector256.FusedMultiplyAdd(value, value, squares);
                }
                float r = (float)(1 / Math.Sqrt(Vector256.Sum(squares) / width + epsilon));
                inverses[row] = r;
                Vector256<float> factor = Vector256.Create(r);
                for (int j = 0; j < width; j += Lanes)
                    T.Store(T.Load(input + j) * factor * T.Load(scale + j), output + j);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return y;
    }

    private static unsafe Tensor Backward<T>(Tensor dy, Tensor x, Tensor weight, Tensor inverse)
        where T : unmanaged, IElement<T>
    {
        int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
        Tensor dx = empty_like(x);
        T* from = FusedKernels.Memory<T>(x), scale = FusedKernels.Memory<T>(weight);
        T* gradient = FusedKernels.Memory<T>(dy), into = FusedKernels.Memory<T>(dx);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* input = from + (long)row * width, upstream = gradient + (long)row * width, output = into + (long)row * width;
                Vector256<float> sum = default;
                for (int j = 0; j < width; j += Lanes)
                    sum = Vector256.FusedMultiplyAdd(T.Load(upstream + j) * T.Load(scale + j), T.Load(input + j), sum);
                float r = inverses[row];
                Vector256<float> along = Vector256.Create(-r * r * r * (Vector256.Sum(sum) / width)), factor = Vector256.Create(r);
                for (int j = 0; j < width; j += Lanes)
                {
                    Vector256<float> scaled = T.Load(upstream + j) * T.Load(scale + j) * factor;
                    T.Store(Vector256.FusedMultiplyAdd(T.Load(input + j), along, scaled), output + j);
                }
            }
        });
        GC.KeepAlive(dy);
        return dx;
    }
}
