using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// p = softmax(scale · x + mask) over the last dimension; dx = scale · p (dp − ⟨dp, p⟩). Only p is kept.
/// </summary>
internal static class FusedSoftmax
{
    /// <summary>Takes scores (batch, heads, T, S) and an additive mask (batch or 1, heads or 1, T or 1, S).</summary>
    public static bool Takes(Tensor scores, Tensor? mask) =>
        FusedKernels.Take(scores) && scores.dtype == ScalarType.Float32 && scores.dim() == 4 && scores.is_contiguous()
        && (mask is null || (mask.dtype == ScalarType.Float32 && mask.is_contiguous() && !mask.requires_grad));

    public static Tensor Run(Tensor scores, Tensor? mask, double scale)
    {
        Tensor p = Compute(scores, mask, (float)scale);
        if (!GraphNode.IsNeeded(scores))
            return p;
        Tensor[] kept = [GraphNode.Keep(p)];
        return GraphNode.Attach("attention", p, [scores], kept, gradient => [Backward(gradient.contiguous(), kept[0], (float)scale)]);
    }

    private static unsafe Tensor Compute(Tensor scores, Tensor? mask, float scale)
    {
        (long heads, long queries, int keys) = (scores.shape[1], scores.shape[2], (int)scores.shape[3]);
        long rows = scores.numel() / keys;
        Tensor p = empty_like(scores);
        float* from = FusedKernels.Memory(scores);
        float* into = FusedKernels.Memory(p);
        MaskMemory<Fp32> masks = new(mask, keys);
        FusedKernels.OverRows(rows, keys, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                Span<float> output = new(into + (long)row * keys, keys);
                ReadOnlySpan<float> input = new(from + (long)row * keys, keys);
                float* added = (float*)masks.Row(row / (heads * queries), row / queries % heads, row % queries);
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
        FusedKernels.OverRows(p.numel() / keys, keys, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
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
