using System.Runtime.CompilerServices;

namespace PeftSharp.Kernels.Fused;

/// <summary>The attention weights of some queries of one head: softmax(scale · q kᵀ + mask).</summary>
internal readonly unsafe struct Scores<T>(MaskMemory<T> mask, float scale)
    where T : unmanaged, IElement<T>
{
    /// <summary>Fills p (count × visible keys up to a whole number of vectors; what is beyond the visible ones is 0).</summary>
    /// <param name="shape">The sizes of the sequence.</param>
    /// <param name="batch">The row of the batch.</param>
    /// <param name="head">The query head.</param>
    /// <param name="first">The first query's number.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="queries">The first query.</param>
    /// <param name="queryRow">From one query to the next.</param>
    /// <param name="turnedKeys">kᵀ, (width × padded keys).</param>
    /// <param name="p">The result.</param>
    /// <returns>How many keys the queries may see together.</returns>
    public int Softmax(in AttentionSizes shape, int batch, int head, int first, int count, float* queries, nint queryRow, float* turnedKeys, float* p)
    {
        int visible = 0;
        for (int i = 0; i < count && visible < shape.Keys; i++)
            visible = Math.Max(visible, mask.Visible(batch, head, first + i, shape.Keys));
        int padded = AttentionSizes.Padded(visible);
        SmallProduct.Run(count, padded, shape.Width, queries, queryRow, 1, turnedKeys, shape.PaddedKeys, p, padded, add: false);
        for (int i = 0; i < count; i++)
        {
            float* row = p + (nint)i * padded;
            T* added = mask.Row(batch, head, first + i);
            // What is beyond the visible keys must neither be the largest nor count: e^−∞ = 0.
            int own = added is null ? mask.Visible(batch, head, first + i, shape.Keys) : visible;
            new Span<float>(row + own, padded - own).Fill(float.NegativeInfinity);
            if (Wide.Takes(padded))
                Normalise<V16>(row, added, visible, padded);
            else
                Normalise<V8>(row, added, visible, padded);
        }
        return visible;
    }

    /// <summary>row ← softmax(scale · row + mask), the largest taken off first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalise<V>(float* row, T* added, int visible, int padded)
        where V : unmanaged, IVector<V>
    {
        V factor = V.Create(scale), largest = V.Create(float.NegativeInfinity);
        int whole = visible - visible % V.Count;
        for (int j = 0; j < padded; j += V.Count)
        {
            V x = V.Load(row + j) * factor;
            if (added is not null)
                x += j < whole ? V.Load(added + j) : Broken<V>(added + j, visible - j);
            largest = V.Max(largest, x);
            V.Store(x, row + j);
        }
        V top = V.Create(V.Largest(largest)), sum = V.Create(0);
        for (int j = 0; j < padded; j += V.Count)
        {
            V e = VectorMath.Exp(V.Load(row + j) - top);
            sum += e;
            V.Store(e, row + j);
        }
        V inverse = V.Create(1 / V.Sum(sum));
        for (int j = 0; j < padded; j += V.Count)
            V.Store(V.Load(row + j) * inverse, row + j);
    }

    /// <summary>The mask has no padding to read: its last, broken vector goes value by value.</summary>
    private static V Broken<V>(T* from, int count)
        where V : unmanaged, IVector<V>
    {
        float* whole = stackalloc float[V.Count];
        new Span<float>(whole, V.Count).Clear();
        for (int i = 0; i < count; i++)
            whole[i] = T.One(from[i]);
        return V.Load(whole);
    }
}
