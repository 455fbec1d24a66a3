using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// With r = 1 / √(mean(x²) + ε): y = x r w, and for a frozen w
/// dx = r (dy ∘ w) − x r³ ⟨dy ∘ w, x⟩ / n. One pass over memory each way; only x and r are kept.
/// </summary>
internal sealed class FusedRmsNorm : autograd.SingleTensorFunction<FusedRmsNorm>
{
    public override string Name => nameof(FusedRmsNorm);

    public static bool Takes(Tensor x, Tensor weight) =>
        FusedKernels.Take(x) && x.is_contiguous() && weight.dtype == ScalarType.Float32 && !weight.requires_grad && weight.is_contiguous();

    public static Tensor Run(Tensor x, Tensor weight, double epsilon)
    {
        using var scope = NewDisposeScope();
        if (FusedKernels.NeedsGraph(x))
            return apply(x, weight, epsilon).MoveToOuterDisposeScope();
        return Compute(x, weight, epsilon, out _).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Tensor weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        Tensor y = Compute(x, weight, (double)vars[2], out Tensor inverse);
        ctx.save_for_backward([x, weight, inverse]);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor dx = Backward(grad_output.contiguous(), saved[0], saved[1], saved[2]);
        foreach (Tensor tensor in saved)
            tensor.Dispose();
        return ReturnedGradients.Keep(dx, null, null);
    }

    private static unsafe Tensor Compute(Tensor x, Tensor weight, double epsilon, out Tensor inverse)
    {
        int width = (int)x.shape[^1];
        int rows = (int)(x.numel() / width);
        Tensor y = empty_like(x);
        inverse = empty(rows);
        float* from = FusedKernels.Memory(x);
        float* scale = FusedKernels.Memory(weight);
        float* into = FusedKernels.Memory(y);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            ReadOnlySpan<float> w = new(scale, width);
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> input = new(from + (long)row * width, width);
                Span<float> output = new(into + (long)row * width, width);
                float r = (float)(1 / Math.Sqrt(TensorPrimitives.SumOfSquares(input) / width + epsilon));
                inverses[row] = r;
                TensorPrimitives.Multiply(input, r, output);
                TensorPrimitives.Multiply(output, w, output);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return y;
    }

    private static unsafe Tensor Backward(Tensor dy, Tensor x, Tensor weight, Tensor inverse)
    {
        int width = (int)x.shape[^1];
        int rows = (int)(x.numel() / width);
        Tensor dx = empty_like(x);
        float* from = FusedKernels.Memory(x);
        float* scale = FusedKernels.Memory(weight);
        float* gradient = FusedKernels.Memory(dy);
        float* into = FusedKernels.Memory(dx);
        float* inverses = FusedKernels.Memory(inverse);
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            ReadOnlySpan<float> w = new(scale, width);
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> input = new(from + (long)row * width, width);
                Span<float> output = new(into + (long)row * width, width);
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(gradient + (long)row * width, width), w, output);
                float r = inverses[row];
                float along = TensorPrimitives.Dot(output, input) / width;
                TensorPrimitives.Multiply(output, r, output);
                TensorPrimitives.MultiplyAdd(input, -r * r * r * along, output, output);
            }
        });
        GC.KeepAlive(dy);
        return dx;
    }
}
