using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// Rotary positions on the two halves (a, b) of each head: (a c − b s, b c + a s); the backward turns the other way.
/// Reads the heads where the projection left them and writes them contiguously.
/// </summary>
internal sealed class FusedRotary : autograd.SingleTensorFunction<FusedRotary>
{
    public override string Name => nameof(FusedRotary);

    /// <summary>Takes (batch, heads, length, width) with contiguous heads, and angles shared by all rows.</summary>
    public static bool Takes(Tensor x, Tensor cos, Tensor sin) =>
        FusedKernels.Take(x) && x.dim() == 4 && x.stride(3) == 1 && cos.shape[0] == 1
        && cos.dtype == ScalarType.Float32 && cos.is_contiguous() && sin.is_contiguous();

    public static Tensor Run(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        if (FusedKernels.NeedsGraph(x))
            return apply(x, cos, sin).MoveToOuterDisposeScope();
        return Turn(x, cos, sin, forward: true).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Tensor cos, Tensor sin) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([cos, sin]);
        return Turn(x, cos, sin, forward: true);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor gradient = grad_output.stride(3) == 1 ? grad_output : grad_output.contiguous();
        Tensor dx = Turn(gradient, saved[0], saved[1], forward: false);
        foreach (Tensor tensor in saved)
            tensor.Dispose();
        return ReturnedGradients.Keep(dx, null, null);
    }

    private static unsafe Tensor Turn(Tensor x, Tensor cos, Tensor sin, bool forward)
    {
        (long heads, long length, int width) = (x.shape[1], x.shape[2], (int)x.shape[3]);
        int half = width / 2;
        // The backward's result lies as the projection's output does: (batch, length, heads, width).
        Tensor memory = forward
            ? empty(x.shape[0], heads, length, width)
            : empty(x.shape[0], length, heads, width);
        Tensor y = forward ? memory : memory.transpose(1, 2);
        (HeadMemory from, HeadMemory into) = (new(x), new(y));
        float* c = FusedKernels.Memory(cos);
        float* s = FusedKernels.Memory(sin);
        float sign = forward ? 1 : -1;
        FusedKernels.OverRows(x.shape[0] * heads, length * width, (first, end) =>
        {
            float* scratch = stackalloc float[half];
            Span<float> other = new(scratch, half);
            for (int head = first; head < end; head++)
            {
                float* input = from.At(head / heads, head % heads);
                float* output = into.At(head / heads, head % heads);
                for (long at = 0; at < length; at++)
                {
                    ReadOnlySpan<float> a = new(input + at * from.Row, half);
                    ReadOnlySpan<float> b = new(input + at * from.Row + half, half);
                    ReadOnlySpan<float> cosine = new(c + at * width, half);
                    ReadOnlySpan<float> sine = new(s + at * width, half);
                    Span<float> low = new(output + at * into.Row, half);
                    Span<float> high = new(output + at * into.Row + half, half);
                    TensorPrimitives.Multiply(sine, sign, other);
                    TensorPrimitives.Multiply(b, other, low);
                    TensorPrimitives.Multiply(a, other, high);
                    TensorPrimitives.MultiplyAdd(b, cosine, high, high);
                    TensorPrimitives.Multiply(a, cosine, other);
                    TensorPrimitives.Subtract(other, low, low);
                }
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(cos);
        GC.KeepAlive(sin);
        return y;
    }
}
