using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// SwiGLU. With σ = 1 / (1 + e^−g) and a = g σ: y = a u; du = dy a; dg = dy u (σ + a (1 − σ)). Only g and u are kept.
/// </summary>
internal sealed class FusedGatedUnit : autograd.SingleTensorFunction<FusedGatedUnit>
{
    /// <summary>So many values of each operand fit the first cache together.</summary>
    private const int Block = 1024;

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
            for (long at = (long)first * Block; at < Math.Min(count, (long)end * Block); at += Block)
            {
                int length = (int)Math.Min(Block, count - at);
                ReadOnlySpan<float> gates = new(g + at, length);
                Span<float> output = new(into + at, length);
                TensorPrimitives.Sigmoid(gates, output);
                TensorPrimitives.Multiply(output, gates, output);
                TensorPrimitives.Multiply(output, new ReadOnlySpan<float>(u + at, length), output);
            }
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
            float* scratch = stackalloc float[Block];
            for (long at = (long)first * Block; at < Math.Min(count, (long)end * Block); at += Block)
            {
                int length = (int)Math.Min(Block, count - at);
                ReadOnlySpan<float> gates = new(g + at, length);
                ReadOnlySpan<float> gradient = new(d + at, length);
                Span<float> sigma = new(scratch, length);
                Span<float> active = new(intoUp + at, length);
                Span<float> toGate = new(intoGate + at, length);
                TensorPrimitives.Sigmoid(gates, sigma);
                TensorPrimitives.Multiply(gates, sigma, active);
                // σ + a (1 − σ) = σ − a σ + a
                TensorPrimitives.Multiply(active, sigma, toGate);
                TensorPrimitives.Subtract(sigma, toGate, toGate);
                TensorPrimitives.Add(toGate, active, toGate);
                TensorPrimitives.Multiply(toGate, new ReadOnlySpan<float>(u + at, length), toGate);
                TensorPrimitives.Multiply(toGate, gradient, toGate);
                TensorPrimitives.Multiply(active, gradient, active);
            }
        });
        GC.KeepAlive(dy);
        return (dg, du);
    }
}
