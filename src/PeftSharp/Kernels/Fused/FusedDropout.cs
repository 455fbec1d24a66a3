using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// y = x · keep / (1 − p), with a <see cref="CounterMask"/>: nothing is stored for the backward. The key comes from
/// <see cref="Draws"/>.
/// </summary>
internal static class FusedDropout
{
    private const int Block = 4096;

    public static bool Takes(Tensor x) => FusedKernels.Take(x) && x.is_contiguous();

    public static Tensor Run(Tensor x, double probability)
    {
        uint key = Draws.Key();
        Tensor y = Apply(x, key, probability);
        return GraphNode.IsNeeded(x)
            ? GraphNode.Attach("dropout", y, [x], [], gradient => [Apply(gradient.contiguous(), key, probability)])
            : y;
    }

    /// <summary>x under the mask of a key, without graph; the backward applies the same to the gradient.</summary>
    public static Tensor Apply(Tensor x, uint key, double probability) =>
        x.dtype == ScalarType.BFloat16 ? Apply<Bf16>(x, key, probability) : Apply<Fp32>(x, key, probability);

    private static unsafe Tensor Apply<T>(Tensor x, uint key, double probability)
        where T : unmanaged, IElement<T>
    {
        Tensor y = empty_like(x);
        long count = x.numel();
        T* from = FusedKernels.Memory<T>(x), into = FusedKernels.Memory<T>(y);
        CounterMask mask = new(key, probability);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            long at = (long)first * Block;
            mask.Apply(from + at, into + at, at, Math.Min(count, (long)end * Block) - at);
        });
        GC.KeepAlive(x);
        return y;
    }
}
