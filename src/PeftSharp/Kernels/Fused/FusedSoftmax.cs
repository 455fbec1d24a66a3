using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// p = softmax(scale · x + mask) over the last dimension; dx = scale · p (dp − ⟨dp, p⟩). Only p is kept.
/// </summary>
internal sealed class FusedSoftmax : autograd.SingleTensorFunction<FusedSoftmax>
{
    public override string Name => nameof(FusedSoftmax);

    /// <summary>Takes scores (batch, heads, T, S) and an additive mask (batch or 1, 1, T or 1, S).</summary>
    public static bool Takes(Tensor scores, Tensor? mask) =>
        FusedKernels.Take(scores) && scores.dim() == 4 && scores.is_contiguous()
        && (mask is null || (mask.dtype == ScalarType.Float32 && mask.is_contiguous() && mask.shape[1] == 1));

    public static Tensor Run(Tensor scores, Tensor? mask, double scale)
    {
        using var scope = NewDisposeScope();
        if (!FusedKernels.NeedsGraph(scores))
            return Compute(scores, mask, (float)scale).MoveToOuterDisposeScope();
        return (mask is null ? apply(scores, (float)scale) : apply(scores, (float)scale, mask)).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor p = Compute((Tensor)vars[0], vars.Length > 2 ? (Tensor)vars[2] : null, (float)vars[1]);
        ctx.save_data("scale", vars[1]);
        ctx.save_data("count", vars.Length);
        ctx.save_for_backward([p]);
        return p;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        Tensor dx = Backward(grad_output.contiguous(), saved[0], (float)ctx.get_data("scale"));
        saved[0].Dispose();
        return (int)ctx.get_data("count") > 2 ? ReturnedGradients.Keep(dx, null, null) : ReturnedGradients.Keep(dx, null);
    }

    private static unsafe Tensor Compute(Tensor scores, Tensor? mask, float scale)
    {
        (long heads, long queries, int keys) = (scores.shape[1], scores.shape[2], (int)scores.shape[3]);
        long rows = scores.numel() / keys;
        Tensor p = empty_like(scores);
        float* from = FusedKernels.Memory(scores);
        float* into = FusedKernels.Memory(p);
        MaskMemory masks = new(mask, keys);
        FusedKernels.OverRows(rows, keys, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                Span<float> output = new(into + (long)row * keys, keys);
                ReadOnlySpan<float> input = new(from + (long)row * keys, keys);
                float* added = masks.Row(row / (heads * queries), row % queries);
                if (added is null)
                    TensorPrimitives.Multiply(input, scale, output);
                else
                    TensorPrimitives.MultiplyAdd(input, scale, new ReadOnlySpan<float>(added, keys), output);
                TensorPrimitives.Subtract(output, TensorPrimitives.Max((ReadOnlySpan<float>)output), output);
                TensorPrimitives.Exp(output, output);
                TensorPrimitives.Multiply(output, 1 / TensorPrimitives.Sum((ReadOnlySpan<float>)output), output);
            }
        });
        GC.KeepAlive(scores);
        GC.KeepAlive(mask);
        return p;
    }

    private static unsafe Tensor Backward(Tensor dp, Tensor p, float scale)
    {
        int keys = (int)p.shape[^1];
        Tensor dx = empty_like(p);
        float* gradient = FusedKernels.Memory(dp);
        float* weights = FusedKernels.Memory(p);
        float* into = FusedKernels.Memory(dx);
        FusedKernels.OverRows(p.numel() / keys, keys, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> d = new(gradient + (long)row * keys, keys);
                ReadOnlySpan<float> w = new(weights + (long)row * keys, keys);
                Span<float> output = new(into + (long)row * keys, keys);
                TensorPrimitives.Subtract(d, TensorPrimitives.Dot(d, w), output);
                TensorPrimitives.Multiply(output, scale, output);
                TensorPrimitives.Multiply(output, w, output);
            }
        });
        GC.KeepAlive(dp);
        return dx;
    }
}
