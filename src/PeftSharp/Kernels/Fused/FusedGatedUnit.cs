using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// SwiGLU. With σ = 1 / (1 + e^−g) and a = g σ: y = a u; du = dy a; dg = dy u (σ + a (1 − σ)). Only g and u are kept.
/// </summary>
internal static class FusedGatedUnit
{
    private const int Block = 1024, Lanes = 8;

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
        FusedKernels.OverRows((count + Block - 1) / Block, Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            for (; at + Lanes <= stop; at += Lanes)
                T.Store(Unit(T.Load(g + at), T.Load(u + at)), into + at);
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
        FusedKernels.OverRows((count + Block - 1) / Block, Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            for (; at + Lanes <= stop; at += Lanes)
            {
                (Vector256<float> toGate, Vector256<float> toUp) = Gradients(T.Load(g + at), T.Load(u + at), T.Load(d + at));
                T.Store(toGate, intoGate + at);
                T.Store(toUp, intoUp + at);
            }
            int rest = (int)(stop - at);
            if (rest > 0)
            {
                (Vector256<float> toGate, Vector256<float> toUp) =
                    Gradients(Rest.Load(g + at, rest), Rest.Load(u + at, rest), Rest.Load(d + at, rest));
                Rest.Store(toGate, intoGate + at, rest);
                Rest.Store(toUp, intoUp + at, rest);
            }
        });
        GC.KeepAlive(dy);
        return [dg, du];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Unit(Vector256<float> gate, Vector256<float> up) => gate * VectorMath.Sigmoid(gate) * up;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Gate, Vector256<float> Up) Gradients(Vector256<float> gate, Vector256<float> up, Vector256<float> gradient)
    {
        Vector256<float> sigma = VectorMath.Sigmoid(gate), active = gate * sigma;
        return (gradient * up * (sigma + active * (Vector256<float>.One - sigma)), gradient * active);
    }
}
