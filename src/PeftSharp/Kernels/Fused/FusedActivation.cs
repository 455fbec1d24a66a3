using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>An activation function in one pass each way. Only x is kept.</summary>
internal static class FusedActivation<TFunction>
    where TFunction : IActivation
{
    private const int Block = 1024;

    public static bool Takes(Tensor x) => FusedKernels.Take(x) && x.is_contiguous();

    /// <param name="x">The values.</param>
    /// <param name="name">What the graph calls it.</param>
    public static Tensor Run(Tensor x, string name)
    {
        Tensor y = x.dtype == ScalarType.BFloat16 ? Compute<Bf16>(x, null) : Compute<Fp32>(x, null);
        if (!GraphNode.IsNeeded(x))
            return y;
        Tensor[] kept = [GraphNode.Keep(x)];
        return GraphNode.Attach(name, y, [x], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return [dy.dtype == ScalarType.BFloat16 ? Compute<Bf16>(kept[0], dy) : Compute<Fp32>(kept[0], dy)];
        });
    }

    /// <summary>y, or dx where the gradient is given.</summary>
    private static unsafe Tensor Compute<T>(Tensor x, Tensor? gradient)
        where T : unmanaged, IElement<T>
    {
        Tensor result = empty_like(x);
        long count = x.numel();
        T* from = FusedKernels.Memory<T>(x), into = FusedKernels.Memory<T>(result);
        T* dy = gradient is null ? null : FusedKernels.Memory<T>(gradient);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            if (Wide.Lanes)
                at = Stretch<T, V16>(from, dy, into, at, stop);
            at = Stretch<T, V8>(from, dy, into, at, stop);
            int rest = (int)(stop - at);
            if (rest > 0)
                Rest.Store(
                    dy is null ? TFunction.Value(Rest.Load(from + at, rest)) : Rest.Load(dy + at, rest) * TFunction.Slope(Rest.Load(from + at, rest)),
                    into + at, rest);
        });
        GC.KeepAlive(x);
        GC.KeepAlive(gradient);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe long Stretch<T, V>(T* x, T* dy, T* into, long at, long stop)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (; at + V.Count <= stop; at += V.Count)
            V.Store(dy is null ? TFunction.Value(V.Load(x + at)) : V.Load(dy + at) * TFunction.Slope(V.Load(x + at)), into + at);
        return at;
    }
}
