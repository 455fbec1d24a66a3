using System.Runtime.CompilerServices;
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
    private const int QueryBlock = 32;

    /// <summary>Takes heads (batch, heads, T, width) of whole vectors and an additive mask (batch or 1, heads or 1, T or 1, S).</summary>
    public static bool Takes(Tensor q, Tensor k, Tensor v, Tensor? mask) =>
        TakesHeads(q, k, v) && q.shape[2] >= 4 && (mask is null || (FusedKernels.TakeFrozen(mask, q.dtype) && (mask.shape[1] == 1 || mask.shape[1] == q.shape[1])));

    /// <summary>The same without a look at rows and masks.</summary>
    public static bool TakesHeads(Tensor q, Tensor k, Tensor v) =>
        FusedKernels.Take(q) && FusedKernels.Take(k) && FusedKernels.Take(v) && q.dtype == k.dtype && q.dtype == v.dtype
        && q.shape[3] % SmallProduct.Lanes == 0 && q.shape[3] == v.shape[3]
        && q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1;

    /// <summary>Within a rectangle: (batch, T, heads · width), contiguous.</summary>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale, double dropout) =>
        Run(new Heads(q, k, v, null, null, mask), AttentionRows.Rectangle(q, k), (float)scale, dropout);

    /// <summary>
    /// Within each of some sequences, (1, heads, tokens, width), with the same keys and values in front of each, (1, key/value
    /// heads, count, width): (1, tokens, heads · width), contiguous.
    /// </summary>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, (Tensor K, Tensor V)? front, Sequences sequences, double scale, double dropout) =>
        Run(new Heads(q, k, v, front?.K, front?.V, null), AttentionRows.Of(sequences, (int)(front?.K.shape[2] ?? 0)), (float)scale, dropout);

    private static Tensor Run(Heads heads, AttentionRows rows, float scale, double dropout)
    {
        CounterMask drops = new(dropout > 0 ? Draws.Key() : 0, dropout);
        Tensor y = heads.Q.dtype == ScalarType.BFloat16
            ? Compute<Bf16>(heads, rows, scale, dropout > 0, drops)
            : Compute<Fp32>(heads, rows, scale, dropout > 0, drops);
        Tensor[] inputs = heads.Inputs;
        bool[] wanted = [.. inputs.Select(GraphNode.IsNeeded)];
        if (!wanted.Contains(true))
            return y;
        Heads kept = heads.Kept();
        return GraphNode.Attach("attention", y, inputs, kept.All, gradient =>
        {
            Tensor dy = gradient.contiguous();
            return dy.dtype == ScalarType.BFloat16
                ? Backward<Bf16>(dy, kept, rows, scale, dropout > 0, drops, wanted)
                : Backward<Fp32>(dy, kept, rows, scale, dropout > 0, drops, wanted);
        });
    }

    private static unsafe Tensor Compute<T>(Heads heads, AttentionRows rows, float scale, bool dropping, CounterMask drops)
        where T : unmanaged, IElement<T>
    {
        (HeadMemory<T> queries, FrontMemory<T> keys, FrontMemory<T> values) = (new(heads.Q), new(heads.K, heads.FrontK), new(heads.V, heads.FrontV));
        Scores<T> scores = new(heads.Seen<T>(rows), scale);
        (AttentionSizes common, int width) = (heads.Sizes, heads.Sizes.Width);
        int row = common.Heads * width, most = AttentionSizes.Padded(rows.MostKeys);
        Tensor y = empty(heads.Q.shape[0], heads.Q.shape[2], row, dtype: heads.Q.dtype);
        T* output = FusedKernels.Memory<T>(y);
        FusedKernels.OverRows(rows.Count * common.Groups, Work(common, rows), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            using HeadScratch scratch = new(2 * most * width + QueryBlock * (width + most));
            float* key = scratch.Take(most * width), turned = scratch.Take(most * width);
            float* some = scratch.Take(QueryBlock * width), p = scratch.Take(QueryBlock * most);
            for (int pair = first; pair < end; pair++)
            {
                (int sequence, int group) = (pair / common.Groups, pair % common.Groups);
                (int batch, int start) = (rows.Batch(sequence), rows.First(sequence));
                AttentionSizes shape = common with { Queries = rows.Queries(sequence), Keys = rows.Front + rows.OwnKeys(sequence) };
                keys.Gather(batch, group, rows.Front, start, shape, key);
                SmallTranspose.Run(shape.Keys, width, key, turned, shape.PaddedKeys);
                // The keys are needed no more: their place takes the values.
                values.Gather(batch, group, rows.Front, start, shape, key);
                for (int head = group * shape.PerGroup; head < (group + 1) * shape.PerGroup; head++)
                {
                    for (int from = 0; from < shape.Queries; from += QueryBlock)
                    {
                        int count = Math.Min(QueryBlock, shape.Queries - from);
                        HeadScratch.Gather(queries.At(batch, head) + (start + from) * queries.Row, queries.Row, count, width, some);
                        int visible = scores.Softmax(shape, batch, head, from, count, some, width, turned, p);
                        int padded = AttentionSizes.Padded(visible);
                        if (dropping)
                            Drop(drops, (head * rows.Places + rows.FirstPlace(sequence) + from) * most, most, count, padded, p, p);
                        // The queries are needed no more: their place takes the result.
                        SmallProduct.Run(count, width, visible, p, padded, 1, key, width, some, width, add: false);
                        HeadScratch.Scatter(some, count, width, output + (rows.FirstPlace(sequence) + from) * row + head * width, row);
                    }
                }
            }
        });
        heads.KeepAlive();
        return y;
    }

    private static unsafe Tensor?[] Backward<T>(Tensor dy, Heads heads, AttentionRows rows, float scale, bool dropping, CounterMask drops, bool[] wanted)
        where T : unmanaged, IElement<T>
    {
        (HeadMemory<T> queries, FrontMemory<T> keys, FrontMemory<T> values) = (new(heads.Q), new(heads.K, heads.FrontK), new(heads.V, heads.FrontV));
        Scores<T> scores = new(heads.Seen<T>(rows), scale);
        (AttentionSizes common, int width) = (heads.Sizes, heads.Sizes.Width);
        int row = common.Heads * width, most = AttentionSizes.Padded(rows.MostKeys);
        HeadGradients gradients = new(heads, rows, wanted);
        (bool toQ, bool toK, bool toV) = (gradients.Q is not null, gradients.K is not null, gradients.V is not null);
        HeadMemory<T> intoQ = new(gradients.Q ?? heads.Q);
        (FrontMemory<T> intoK, FrontMemory<T> intoV) = (new(gradients.K ?? heads.K, gradients.FrontK), new(gradients.V ?? heads.V, gradients.FrontV));
        T* upstream = FusedKernels.Memory<T>(dy);
        FusedKernels.OverRows(rows.Count * common.Groups, 2 * Work(common, rows), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (first, end) =>
        {
            using HeadScratch scratch = new(6 * most * width + QueryBlock * (2 * width + 3 * most));
            float* key = scratch.Take(most * width), turnedKey = scratch.Take(most * width);
            float* value = scratch.Take(most * width), turnedValue = scratch.Take(most * width);
            float* sumK = scratch.Take(most * width), sumV = scratch.Take(most * width);
            float* some = scratch.Take(QueryBlock * width), gradient = scratch.Take(QueryBlock * width);
            float* p = scratch.Take(QueryBlock * most), dp = scratch.Take(QueryBlock * most), dropped = scratch.Take(QueryBlock * most);
            for (int pair = first; pair < end; pair++)
            {
                (int sequence, int group) = (pair / common.Groups, pair % common.Groups);
                (int batch, int start) = (rows.Batch(sequence), rows.First(sequence));
                AttentionSizes shape = common with { Queries = rows.Queries(sequence), Keys = rows.Front + rows.OwnKeys(sequence) };
                int padding = shape.PaddedKeys;
                keys.Gather(batch, group, rows.Front, start, shape, key);
                values.Gather(batch, group, rows.Front, start, shape, value);
                SmallTranspose.Run(shape.Keys, width, key, turnedKey, padding);
                SmallTranspose.Run(shape.Keys, width, value, turnedValue, padding);
                new Span<float>(sumK, padding * width).Clear();
                new Span<float>(sumV, padding * width).Clear();
                for (int head = group * shape.PerGroup; head < (group + 1) * shape.PerGroup; head++)
                {
                    for (int from = 0; from < shape.Queries; from += QueryBlock)
                    {
                        int count = Math.Min(QueryBlock, shape.Queries - from);
                        HeadScratch.Gather(queries.At(batch, head) + (start + from) * queries.Row, queries.Row, count, width, some);
                        HeadScratch.Gather(upstream + (rows.FirstPlace(sequence) + from) * row + head * width, row, count, width, gradient);
                        int visible = scores.Softmax(shape, batch, head, from, count, some, width, turnedKey, p);
                        int padded = AttentionSizes.Padded(visible);
                        long place = (head * rows.Places + rows.FirstPlace(sequence) + from) * most;
                        float* mixed = p;
                        if (dropping)
                            Drop(drops, place, most, count, padded, p, mixed = dropped);
                        if (toV)
                            SmallProduct.Run(visible, width, count, mixed, 1, padded, gradient, width, sumV, width, add: true);
                        if (!toQ && !toK)
                            continue;
                        SmallProduct.Run(count, padded, width, gradient, width, 1, turnedValue, padding, dp, padded, add: false);
                        if (dropping)
                            Drop(drops, place, most, count, padded, dp, dp);
                        if (Wide.Takes(padded))
                            SoftmaxGradient<V16>(count, padded, p, dp, scale);
                        else
                            SoftmaxGradient<V8>(count, padded, p, dp, scale);
                        if (toK)
                            SmallProduct.Run(visible, width, count, dp, 1, padded, some, width, sumK, width, add: true);
                        if (!toQ)
                            continue;
                        SmallProduct.Run(count, width, visible, dp, padded, 1, key, width, some, width, add: false);
                        HeadScratch.Scatter(some, count, width, intoQ.At(batch, head) + (start + from) * intoQ.Row, intoQ.Row);
                    }
                }
                if (toK)
                    intoK.Scatter(batch, group, sequence, rows.Front, start, shape, sumK);
                if (toV)
                    intoV.Scatter(batch, group, sequence, rows.Front, start, shape, sumV);
            }
        });
        GC.KeepAlive(dy);
        return gradients.Results();
    }

    /// <summary>ds = scale · p (dp − ⟨dp, p⟩), row by row, in place of dp; what is beyond the visible keys has p = 0 and stays 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SoftmaxGradient<V>(int count, int padded, float* p, float* dp, float scale)
        where V : unmanaged, IVector<V>
    {
        for (int i = 0; i < count; i++)
        {
            float* weights = p + (nint)i * padded, d = dp + (nint)i * padded;
            V along = V.Create(0);
            for (int j = 0; j < padded; j += V.Count)
                along = V.Fma(V.Load(weights + j), V.Load(d + j), along);
            V inner = V.Create(V.Sum(along)), factor = V.Create(scale);
            for (int j = 0; j < padded; j += V.Count)
                V.Store((V.Load(d + j) - inner) * factor * V.Load(weights + j), d + j);
        }
    }

    /// <summary>Applies the dropout mask of a block; a weight's place is that in (heads, queries of all sequences, the most keys).</summary>
    private static unsafe void Drop(CounterMask drops, long place, int row, int count, int padded, float* from, float* into)
    {
        for (int i = 0; i < count; i++)
            drops.Apply(from + (nint)i * padded, into + (nint)i * padded, place + (long)i * row, padded);
    }

    /// <summary>About how many values' worth of element-wise work one key/value head of a sequence is.</summary>
    private static long Work(AttentionSizes shape, AttentionRows rows) => rows.Work * shape.PerGroup * shape.Width / 8;
}
