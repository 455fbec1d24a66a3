using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// The one place where attention is computed: <c>softmax(cap(scale · q kᵀ) + mask) v</c>. One fused
/// kernel in fp32, else two batched products and a softmax, beat libtorch's flash kernel on the CPU at short and middle
/// lengths; long ones go to that kernel.
/// </summary>
internal static class Attention
{
    /// <summary>From this many keys on the score matrix costs more than the flash kernel's recomputation.</summary>
    private const long LongLength = 1024;

    /// <summary>Attention over all heads; grouped key/value heads are never copied out.</summary>
    /// <param name="q">(batch, heads, T, width), contiguous for the fast case.</param>
    /// <param name="k">(batch, key/value heads, S, width).</param>
    /// <param name="v">(batch, key/value heads, S, width).</param>
    /// <param name="mask">Additive, broadcastable to (batch, heads, T, S), or null.</param>
    /// <param name="scores">Scale, bound and dropout.</param>
    /// <returns>(batch, T, heads · width), contiguous: ready for the output projection.</returns>
    public static Tensor Forward(Tensor q, Tensor k, Tensor v, Tensor? mask, AttentionScores scores)
    {
        using var clock = KernelClock.Measure("attention");
        using var scope = NewDisposeScope();
        (long batch, long heads, long length, long width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        long groups = k.shape[1];
        long keys = k.shape[2];
        long perGroup = heads / groups;
        if (keys < LongLength && scores.SoftCap is null && FusedAttention.Takes(q, k, v, mask))
            return FusedAttention.Run(q, k, v, mask, scores.Scale, scores.Dropout).MoveToOuterDisposeScope();
        if (WidenedProduct.Takes(q))
            return Wide(q, k, v, mask, scores).MoveToOuterDisposeScope();
        Tensor mixed;
        // TorchSharp's call knows the usual scale alone.
        if (keys >= LongLength && groups == heads && scores == AttentionScores.Of(width))
        {
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask);
        }
        else
        {
            // The query heads of a group lie side by side, so that one product serves the group: (B, G, H/G · T, D).
            Tensor grouped = q.reshape(batch, groups, perGroup * length, width);
            Tensor products = grouped.matmul(k.transpose(-2, -1)).view(batch, heads, length, keys);
            Tensor weights = scores.SoftCap is { } cap
                ? MaskedSoftmax(SoftCap.Forward(products, cap, scores.Scale), mask, 1)
                : MaskedSoftmax(products, mask, scores.Scale);
            if (scores.Dropout > 0)
                weights = Dropout.Forward(weights, scores.Dropout);
            mixed = weights.view(batch, groups, perGroup * length, keys).matmul(v).view(batch, heads, length, width);
        }
        return mixed.transpose(1, 2).reshape(batch, length, heads * width).MoveToOuterDisposeScope();
    }

    /// <summary>In fp32, where the processor has no units for the products in bf16.</summary>
    private static Tensor Wide(Tensor q, Tensor k, Tensor v, Tensor? mask, AttentionScores scores) => Forward(
        q.to(ScalarType.Float32), k.to(ScalarType.Float32), v.to(ScalarType.Float32), mask?.to(ScalarType.Float32), scores).to(q.dtype);

    /// <summary>True if attention within sequences of that length can be computed without padding.</summary>
    public static bool TakesSequences(Tensor hidden, int headWidth, long longest) =>
        FusedKernels.Take(hidden) && headWidth % SmallProduct.Lanes == 0 && longest < LongLength;

    /// <summary>Attention within each of some sequences that stand one behind the other (<see cref="TakesSequences"/>).</summary>
    /// <param name="q">(1, heads, tokens, width).</param>
    /// <param name="k">(1, key/value heads, tokens, width).</param>
    /// <param name="v">As <paramref name="k"/>.</param>
    /// <param name="front">Keys and values that every token sees, (1, key/value heads, count, width), or null.</param>
    /// <param name="sequences">Which tokens belong together.</param>
    /// <param name="scores">Scale and dropout; no bound.</param>
    /// <returns>(1, tokens, heads · width), contiguous.</returns>
    public static Tensor Forward(Tensor q, Tensor k, Tensor v, (Tensor K, Tensor V)? front, Sequences sequences, AttentionScores scores)
    {
        using var clock = KernelClock.Measure("attention");
        using var scope = NewDisposeScope();
        if (front is var (frontK, frontV))
            front = (frontK.contiguous(), frontV.contiguous());
        return FusedAttention.Run(q, k, v, front, sequences, scores.Scale, scores.Dropout).MoveToOuterDisposeScope();
    }

    /// <summary>softmax(scale · scores + mask) over the last dimension, in the dtype of the scores.</summary>
    private static Tensor MaskedSoftmax(Tensor scores, Tensor? mask, double scale)
    {
        if (FusedSoftmax.Takes(scores, mask))
            return FusedSoftmax.Run(scores, mask, scale);
        using Tensor scaled = scores.Times(scale);
        if (mask is null)
            return scaled.softmax(-1);
        using Tensor masked = scaled.Plus(mask);
        return masked.softmax(-1);
    }
}
