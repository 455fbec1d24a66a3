using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// SwiGLU. With σ = 1 / (1 + e^−g) and a = g σ: y = a u; du = dy a; dg = dy u (σ + a (1 − σ)). Only g and u are kept.
/// In fp32 y and du are off by at most six units in the last place, dg by so many of |dy u| (σ + |a| (1 − σ)).
/// </summary>
internal static class FusedGatedUnit
{
    private const int Block = 1024;

    public static bool Takes(Tensor gate, Tensor up) =>
        FusedKernels.Take(gate) && FusedKernels.Take(up) && gate.dtype == up.dtype && gate.is_contiguous() && up.is_contiguous();

    public static Tensor Run(Tensor gate, Tensor up)
    {
        Tensor y = gate.dtype == ScalarType.BFloat16 ? Compute<Bf16>(gate, up) : Compute<Fp32>(gate, up);
        if (!GraphNode.IsNeeded(gate) && !GraphNode.IsNeeded(up))
            return y;
        Tensor[] kept = [GraphNode.Keep(gate), GraphNode.Keep(up)];
        return GraphNode.Attach("gated unit", y, [gate, up], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return dy.dtype == ScalarType.BFloat16 ? Backward<Bf16>(dy, kept[0], kept[1]) : Backward<Fp32>(dy, kept[0], kept[1]);
        });
    }

    private static unsafe Tensor Compute<T>(Tensor gate, Tensor up)
        where T : unmanaged, IElement<T>
    {
        Tensor y = empty_like(gate);
        long count = gate.numel();
        T* g = FusedKernels.Memory<T>(gate), u = FusedKernels.Memory<T>(up), into = FusedKernels.Memory<T>(y);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            if (Wide.Lanes)
                at = Units<T, V16>(g, u, into, at, stop);
            at = Units<T, V8>(g, u, into, at, stop);
            int rest = (int)(stop - at);
            if (rest > 0)
                Rest.Store(Unit(Rest.Load(g + at, rest), Rest.Load(u + at, rest)), into + at, rest);
        });
        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        return y;
    }

    private static unsafe Tensor[] Backward<T>(Tensor dy, Tensor gate, Tensor up)
        where T : unmanaged, IElement<T>
    {
        (Tensor dg, Tensor du) = (empty_like(gate), empty_like(up));
        long count = gate.numel();
        T* g = FusedKernels.Memory<T>(gate), u = FusedKernels.Memory<T>(up), d = FusedKernels.Memory<T>(dy);
        T* intoGate = FusedKernels.Memory<T>(dg), intoUp = FusedKernels.Memory<T>(du);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            if (Wide.Lanes)
                at = Gradients<T, V16>(g, u, d, intoGate, intoUp, at, stop);
            at = Gradients<T, V8>(g, u, d, intoGate, intoUp, at, stop);
            int rest = (int)(stop - at);
            if (rest > 0)
            {
                (V8 toGate, V8 toUp) = Gradient(Rest.Load(g + at, rest), Rest.Load(u + at, rest), Rest.Load(d + at, rest));
                Rest.Store(toGate, intoGate + at, rest);
                Rest.Store(toUp, intoUp + at, rest);
            }
        });
        GC.KeepAlive(dy);
        return [dg, du];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe long Units<T, V>(T* gate, T* up, T* into, long at, long stop)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (; at + V.Count <= stop; at += V.Count)
            V.Store(Unit(V.Load(gate + at), V.Load(up + at)), into + at);
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe long Gradients<T, V>(T* gate, T* up, T* gradient, T* intoGate, T* intoUp, long at, long stop)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        for (; at + V.Count <= stop; at += V.Count)
        {
            (V toGate, V toUp) = Gradient(V.Load(gate + at), V.Load(up + at), V.Load(gradient + at));
            V.Store(toGate, intoGate + at);
            V.Store(toUp, intoUp + at);
        }
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Unit<V>(V gate, V up)
        where V : unmanaged, IVector<V> => gate * VectorMath.Sigmoid(gate).Sigma * up;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Gate, V Up) Gradient<V>(V gate, V up, V gradient)
        where V : unmanaged, IVector<V>
    {
        (V sigma, V complement) = VectorMath.Sigmoid(gate);
        V active = gate * sigma;
        return (gradient * up * V.Fma(active, complement, sigma), gradient * active);
    }
}
