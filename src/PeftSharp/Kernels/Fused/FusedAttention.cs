using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// o = drop(p) v with p = softmax(scale · q kᵀ + mask), head by head and some queries at a time, so that scores never leave
/// the near caches. Only q, k and v are kept; with p computed again, and m the dropout mask,
/// dv = (p m)ᵀ do; dp = m (do vᵀ); ds = scale · p (dp − ⟨dp, p⟩); dq = ds k; dk = dsᵀ q.
/// Keys behind the last one that a block of queries may see are not computed: a causal mask halves the work.
/// </summary>
internal static class FusedAttention
{
    /// <summary>So many queries' scores are held at once.</summary>
    private const int QueryBlock = 64;

    /// <summary>Takes heads (batch, heads, T, width) of whole vectors and an additive mask (batch or 1, 1, T or 1, S).</summary>
    public static bool Takes(Tensor q, Tensor k, Tensor v, Tensor? mask) =>
        FusedKernels.Take(q) && FusedKernels.Take(k) && FusedKernels.Take(v) && q.dtype == k.dtype && q.dtype == v.dtype
        && q.shape[3] % SmallProduct.Lanes == 0 && q.shape[3] == v.shape[3] && q.shape[2] >= 4
        && q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1
        && (mask is null || (FusedKernels.TakeFrozen(mask, q.dtype) && mask.shape[1] == 1));

    /// <summary>(batch, T, heads · width), contiguous.</summary>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale, double dropout)
    {
        uint key = dropout > 0 ? Draws.Key() : 0;
        float factor = (float)scale;
        Tensor y = q.dtype == ScalarType.BFloat16
            ? Compute<Bf16>(q, k, v, mask, factor, dropout, key)
            : Compute<Fp32>(q, k, v, mask, factor, dropout, key);
        if (!GraphNode.IsNeeded(q) && !GraphNode.IsNeeded(k) && !GraphNode.IsNeeded(v))
            return y;
        bool[] wanted = [q.requires_grad, k.requires_grad, v.requires_grad];
        Tensor[] kept = [GraphNode.Keep(q), GraphNode.Keep(k), GraphNode.Keep(v), .. mask is null ? (Tensor[])[] : [GraphNode.Keep(mask)]];
        return GraphNode.Attach("attention", y, [q, k, v], kept, gradient =>
        {
            Tensor dy = gradient.contiguous();
            Tensor? saved = kept.Length > 3 ? kept[3] : null;
            return dy.dtype == ScalarType.BFloat16
                ? Backward<Bf16>(dy, kept[0], kept[1], kept[2], saved, factor, dropout, key, wanted)
                : Backward<Fp32>(dy, kept[0], kept[1], kept[2], saved, factor, dropout, key, wanted);
        });
    }

    private static unsafe Tensor Compute<T>(Tensor q, Tensor k, Tensor v, Tensor? mask, float scale, double dropout, uint key)
        where T : unmanaged, IElement<T>
    {
        AttentionSizes shape = AttentionSizes.Of(q, k);
        (HeadMemory<T> queries, HeadMemory<T> keys, HeadMemory<T> values) = (new(q), new(k), new(v));
        Scores<T> scores = new(shape, new MaskMemory<T>(mask, shape.Keys), scale);
        CounterMask drops = new(key, dropout);
        int width = shape.Width, row = shape.Heads * width;
        Tensor y = empty(shape.Batch, shape.Queries, row, dtype: q.dtype);
        T* output = FusedKernels.Memory<T>(y);
        FusedKernels.OverRows(shape.Batch * shape.Groups, Work(shape), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            int padding = shape.PaddedKeys;
            using HeadScratch scratch = new(2 * padding * width + QueryBlock * (width + padding));
            float* key = scratch.Take(padding * width), turned = scratch.Take(padding * width);
            float* some = scratch.Take(QueryBlock * width), p = scratch.Take(QueryBlock * padding);
            for (int pair = first; pair < end; pair++)
            {
                (int batch, int group) = (pair / shape.Groups, pair % shape.Groups);
                HeadScratch.Gather(keys.At(batch, group), keys.Row, shape.Keys, width, key);
                SmallProduct.Transpose(shape.Keys, width, key, width, turned, padding);
                // The keys are needed no more: their place takes the values.
                HeadScratch.Gather(values.At(batch, group), values.Row, shape.Keys, width, key);
                for (int head = group * shape.PerGroup; head < (group + 1) * shape.PerGroup; head++)
                {
                    for (int from = 0; from < shape.Queries; from += QueryBlock)
                    {
                        int count = Math.Min(QueryBlock, shape.Queries - from);
                        HeadScratch.Gather(queries.At(batch, head) + from * queries.Row, queries.Row, count, width, some);
                        int visible = scores.Softmax(batch, from, count, some, width, turned, p);
                        int padded = AttentionSizes.Padded(visible);
                        if (dropout > 0)
                            Drop(drops, shape, batch, head, from, count, padded, p, p);
                        // The queries are needed no more: their place takes the result.
                        SmallProduct.Run(count, width, visible, p, padded, 1, key, width, some, width, add: false);
                        HeadScratch.Scatter(some, count, width, output + ((long)batch * shape.Queries + from) * row + head * width, row);
                    }
                }
            }
        });
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(mask);
        return y;
    }

    private static unsafe Tensor?[] Backward<T>(
        Tensor dy, Tensor q, Tensor k, Tensor v, Tensor? mask, float scale, double dropout, uint key, bool[] wanted)
        where T : unmanaged, IElement<T>
    {
        AttentionSizes shape = AttentionSizes.Of(q, k);
        (HeadMemory<T> queries, HeadMemory<T> keys, HeadMemory<T> values) = (new(q), new(k), new(v));
        Scores<T> scores = new(shape, new MaskMemory<T>(mask, shape.Keys), scale);
        CounterMask drops = new(key, dropout);
        int width = shape.Width, row = shape.Heads * width;
        Tensor? dq = wanted[0] ? empty_like(q) : null, dk = wanted[1] ? empty_like(k) : null, dv = wanted[2] ? empty_like(v) : null;
        (HeadMemory<T> intoQ, HeadMemory<T> intoK, HeadMemory<T> intoV) = (new(dq ?? q), new(dk ?? k), new(dv ?? v));
        T* upstream = FusedKernels.Memory<T>(dy);
        FusedKernels.OverRows(shape.Batch * shape.Groups, 2 * Work(shape), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            int padding = shape.PaddedKeys;
            using HeadScratch scratch = new(6 * padding * width + QueryBlock * (2 * width + 3 * padding));
            float* key = scratch.Take(padding * width), turnedKey = scratch.Take(padding * width);
            float* value = scratch.Take(padding * width), turnedValue = scratch.Take(padding * width);
            float* sumK = scratch.Take(padding * width), sumV = scratch.Take(padding * width);
            float* some = scratch.Take(QueryBlock * width), gradient = scratch.Take(QueryBlock * width);
            float* p = scratch.Take(QueryBlock * padding), dp = scratch.Take(QueryBlock * padding), dropped = scratch.Take(QueryBlock * padding);
            for (int pair = first; pair < end; pair++)
            {
                (int batch, int group) = (pair / shape.Groups, pair % shape.Groups);
                HeadScratch.Gather(keys.At(batch, group), keys.Row, shape.Keys, width, key);
                HeadScratch.Gather(values.At(batch, group), values.Row, shape.Keys, width, value);
                SmallProduct.Transpose(shape.Keys, width, key, width, turnedKey, padding);
                SmallProduct.Transpose(shape.Keys, width, value, width, turnedValue, padding);
                new Span<float>(sumK, padding * width).Clear();
                new Span<float>(sumV, padding * width).Clear();
                for (int head = group * shape.PerGroup; head < (group + 1) * shape.PerGroup; head++)
                {
                    for (int from = 0; from < shape.Queries; from += QueryBlock)
                    {
                        int count = Math.Min(QueryBlock, shape.Queries - from);
                        HeadScratch.Gather(queries.At(batch, head) + from * queries.Row, queries.Row, count, width, some);
                        HeadScratch.Gather(upstream + ((long)batch * shape.Queries + from) * row + head * width, row, count, width, gradient);
                        int visible = scores.Softmax(batch, from, count, some, width, turnedKey, p);
                        int padded = AttentionSizes.Padded(visible);
                        float* mixed = p;
                        if (dropout > 0)
                            Drop(drops, shape, batch, head, from, count, padded, p, mixed = dropped);
                        if (dv is not null)
                            SmallProduct.Run(visible, width, count, mixed, 1, padded, gradient, width, sumV, width, add: true);
                        if (dq is null && dk is null)
                            continue;
                        SmallProduct.Run(count, padded, width, gradient, width, 1, turnedValue, padding, dp, padded, add: false);
                        if (dropout > 0)
                            Drop(drops, shape, batch, head, from, count, padded, dp, dp);
                        SoftmaxGradient(count, padded, p, dp, scale);
                        if (dk is not null)
                            SmallProduct.Run(visible, width, count, dp, 1, padded, some, width, sumK, width, add: true);
                        if (dq is null)
                            continue;
                        SmallProduct.Run(count, width, visible, dp, padded, 1, key, width, some, width, add: false);
                        HeadScratch.Scatter(some, count, width, intoQ.At(batch, head) + from * intoQ.Row, intoQ.Row);
                    }
                }
                if (dk is not null)
                    HeadScratch.Scatter(sumK, shape.Keys, width, intoK.At(batch, group), intoK.Row);
                if (dv is not null)
                    HeadScratch.Scatter(sumV, shape.Keys, width, intoV.At(batch, group), intoV.Row);
            }
        });
        GC.KeepAlive(dy);
        return [dq, dk, dv];
    }

    /// <summary>ds = scale · p (dp − ⟨dp, p⟩), row by row, in place of dp.</summary>
    private static unsafe void SoftmaxGradient(int count, int padded, float* p, float* dp, float scale)
    {
        for (int i = 0; i < count; i++)
        {
            // What is beyond the visible keys has p = 0 and stays 0.
            float* weights = p + (nint)i * padded, d = dp + (nint)i * padded;
            Vector256<float> along = default;
            for (int j = 0; j < padded; j += SmallProduct.Lanes)
                along = Vector256.FusedMultiplyAdd(Vector256.Load(weights + j), Vector256.Load(d + j), along);
            Vector256<float> inner = Vector256.Create(Vector256.Sum(along)), factor = Vector256.Create(scale);
            for (int j = 0; j < padded; j += SmallProduct.Lanes)
                Vector256.Store((Vector256.Load(d + j) - inner) * factor * Vector256.Load(weights + j), d + j);
        }
    }

    /// <summary>Applies the dropout mask of a block; a weight's place is that in (batch, heads, queries, keys).</summary>
    private static unsafe void Drop(
        CounterMask drops, AttentionSizes shape, int batch, int head, int firstQuery, int count, int padded, float* from, float* into)
    {
        for (int i = 0; i < count; i++)
        {
            long place = (((long)batch * shape.Heads + head) * shape.Queries + firstQuery + i) * shape.PaddedKeys;
            drops.Apply(from + (nint)i * padded, into + (nint)i * padded, place, padded);
        }
    }

    /// <summary>About how many values' worth of element-wise work one key/value head is.</summary>
    private static long Work(AttentionSizes shape) => (long)shape.PerGroup * shape.Queries * shape.Keys * shape.Width / 8;
}
