using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// SwiGLU. With σ = 1 / (1 + e^−g) and a = g σ: y = a u; du = dy a; dg = dy u (σ + a (1 − σ)). Only g and u are kept.
/// </summary>
internal sealed class FusedGatedUnit : autograd.SingleTensorFunction<FusedGatedUnit>
{
    private const int Block = 1024, Lanes = 8;

    public override string Name => nameof(FusedGatedUnit);

    public static bool Takes(Tensor gate, Tensor up) =>
        FusedKernels.Take(gate) && FusedKernels.Take(up) && gate.is_contiguous() && up.is_contiguous();

    public static Tensor Run(Tensor gate, Tensor up)
    {
        using var scope = NewDisposeScope();
        if (FusedKernels.NeedsGraph(gate) || FusedKernels.NeedsGraph(up))
            return apply(gate, up).MoveToOuterDisposeScope();
        return Compute(gate, up).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor gate, Tensor up) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([gate, up]);
        return Compute(gate, up);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor dg, Tensor du) = Backward(grad_output.contiguous(), saved[0], saved[1]);
        foreach (Tensor tensor in saved)
            tensor.Dispose();
        return ReturnedGradients.Keep(dg, du);
    }

    private static unsafe Tensor Compute(Tensor gate, Tensor up)
    {
        Tensor y = empty_like(gate);
        long count = gate.numel();
        float* g = FusedKernels.Memory(gate);
        float* u = FusedKernels.Memory(up);
        float* into = FusedKernels.Memory(y);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            for (; at + Lanes <= stop; at += Lanes)
            {
                Vector256<float> x = Vector256.Load(g + at);
                Vector256.Store(x * VectorMath.Sigmoid(x) * Vector256.Load(u + at), into + at);
            }
            for (; at < stop; at++)
                into[at] = g[at] * VectorMath.Sigmoid(Vector256.Create(g[at]))[0] * u[at];
        });
        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        return y;
    }

    private static unsafe (Tensor Gate, Tensor Up) Backward(Tensor dy, Tensor gate, Tensor up)
    {
        Tensor dg = empty_like(gate);
        Tensor du = empty_like(up);
        long count = gate.numel();
        float* g = FusedKernels.Memory(gate);
        float* u = FusedKernels.Memory(up);
        float* d = FusedKernels.Memory(dy);
        float* intoGate = FusedKernels.Memory(dg);
        float* intoUp = FusedKernels.Memory(du);
        FusedKernels.OverRows((count + Block - 1) / Block, Block, (first, end) =>
        {
            long at = (long)first * Block, stop = Math.Min(count, (long)end * Block);
            for (; at + Lanes <= stop; at += Lanes)
            {
                (Vector256<float> toGate, Vector256<float> toUp) = Gradients(Vector256.Load(g + at), Vector256.Load(u + at), Vector256.Load(d + at));
                Vector256.Store(toGate, intoGate + at);
                Vector256.Store(toUp, intoUp + at);
            }
            for (; at < stop; at++)
            {
                (Vector256<float> toGate, Vector256<float> toUp) = Gradients(Vector256.Create(g[at]), Vector256.Create(u[at]), Vector256.Create(d[at]));
                (intoGate[at], intoUp[at]) = (toGate[0], toUp[0]);
            }
        });
        GC.KeepAlive(dy);
        return (dg, du);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Gate, Vector256<float> Up) Gradients(Vector256<float> gate, Vector256<float> up, Vector256<float> gradient)
    {
        Vector256<float> sigma = VectorMath.Sigmoid(gate), active = gate * sigma;
        return (gradient * up * (sigma + active * (Vector256<float>.One - sigma)), gradient * active);
    }
}
