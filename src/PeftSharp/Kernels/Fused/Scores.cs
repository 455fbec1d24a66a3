using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>The attention weights of some queries of one head: softmax(scale · q kᵀ + mask).</summary>
internal readonly unsafe struct Scores<T>(MaskMemory<T> mask, float scale)
    where T : unmanaged, IElement<T>
{
    /// <summary>Fills p (count × visible keys up to a whole number of vectors; what is beyond the visible ones is 0).</summary>
    /// <param name="shape">The sizes of the sequence.</param>
    /// <param name="batch">The row of the batch.</param>
    /// <param name="first">The first query's number.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="queries">The first query.</param>
    /// <param name="queryRow">From one query to the next.</param>
    /// <param name="turnedKeys">kᵀ, (width × padded keys).</param>
    /// <param name="p">The result.</param>
    /// <returns>How many keys the queries may see together.</returns>
    public int Softmax(in AttentionSizes shape, int batch, int first, int count, float* queries, nint queryRow, float* turnedKeys, float* p)
    {
        int visible = 0;
        for (int i = 0; i < count && visible < shape.Keys; i++)
            visible = Math.Max(visible, mask.Visible(batch, first + i, shape.Keys));
        int padded = AttentionSizes.Padded(visible);
        SmallProduct.Run(count, padded, shape.Width, queries, queryRow, 1, turnedKeys, shape.PaddedKeys, p, padded, add: false);
        for (int i = 0; i < count; i++)
        {
            float* row = p + (nint)i * padded;
            T* added = mask.Row(batch, first + i);
            // What is beyond the visible keys must neither be the largest nor count: e^−∞ = 0.
            int own = added is null ? mask.Visible(batch, first + i, shape.Keys) : visible;
            new Span<float>(row + own, padded - own).Fill(float.NegativeInfinity);
            Normalise(row, added, visible, padded);
        }
        return visible;
    }

    /// <summary>row ← softmax(scale · row + mask), the largest taken off first.</summary>
    private void Normalise(float* row, T* added, int visible, int padded)
    {
        Vector256<float> factor = Vector256.Create(scale), largest = Vector256.Create(float.NegativeInfinity);
        int whole = visible - visible % SmallProduct.Lanes;
        for (int j = 0; j < padded; j += SmallProduct.Lanes)
        {
            Vector256<float> x = Vector256.Load(row + j) * factor;
            // The mask has no padding to read: its last, broken vector goes value by value.
            if (added is not null)
                x += j < whole ? T.Load(added + j) : Rest.Load(added + j, visible - j);
            largest = Vector256.Max(largest, x);
            Vector256.Store(x, row + j);
        }
        Vector256<float> top = Vector256.Create(VectorMath.Largest(largest)), sum = default;
        for (int j = 0; j < padded; j += SmallProduct.Lanes)
        {
            Vector256<float> e = VectorMath.Exp(Vector256.Load(row + j) - top);
            sum += e;
            Vector256.Store(e, row + j);
        }
        Vector256<float> inverse = Vector256.Create(1 / Vector256.Sum(sum));
        for (int j = 0; j < padded; j += SmallProduct.Lanes)
            Vector256.Store(Vector256.Load(row + j) * inverse, row + j);
    }
}
