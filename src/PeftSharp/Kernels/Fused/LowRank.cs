using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// The thin products of a low-rank update with factors F (r × n) in fp32: too narrow for a library's blocking. The rank is
/// taken up to a whole number of eights, the rest zeros. A dropout mask m is computed where it is needed, not stored.
/// </summary>
internal static class LowRank
{
    private const int Lanes = 8;

    /// <summary>The rank as the kernels see it.</summary>
    public static int Padded(long rank) => (int)((rank + Lanes - 1) / Lanes * Lanes);

    /// <summary>F (r × n), or of its transpose, with the rank filled up: contiguous fp32, without graph.</summary>
    public static Tensor Factor(Tensor from, bool transposed)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor factor = (transposed ? from.t() : from).to(ScalarType.Float32);
        long missing = Padded(factor.shape[0]) - factor.shape[0];
        return (missing > 0 ? cat([factor, zeros([missing, factor.shape[1]])], 0) : factor.contiguous()).MoveToOuterDisposeScope();
    }

    /// <summary>True for rows of whole vectors in one piece.</summary>
    public static bool Takes(Tensor x) => FusedKernels.Take(x) && x.is_contiguous() && x.shape[^1] % Lanes == 0;

    /// <summary>(m ∘ x) Fᵀ: (rows × n) → fp32 (rows × r).</summary>
    public static Tensor Down(Tensor x, Tensor factor, CounterMask? mask) =>
        x.dtype == ScalarType.BFloat16 ? Down<Bf16>(x, factor, mask) : Down<Fp32>(x, factor, mask);

    /// <summary>y += s · m ∘ (low F): low (rows × r), y (rows × n).</summary>
    public static void AddUp(Tensor y, Tensor low, Tensor factor, double scale, CounterMask? mask)
    {
        if (y.dtype == ScalarType.BFloat16)
            AddUp<Bf16>(y, low, factor, (float)scale, mask);
        else
            AddUp<Fp32>(y, low, factor, (float)scale, mask);
    }

    /// <summary>s · lowᵀ (m ∘ x): fp32 (r × n), the gradient of F.</summary>
    public static Tensor Outer(Tensor low, Tensor x, double scale, CounterMask? mask) =>
        x.dtype == ScalarType.BFloat16 ? Outer<Bf16>(low, x, (float)scale, mask) : Outer<Fp32>(low, x, (float)scale, mask);

    private static unsafe Tensor Down<T>(Tensor x, Tensor factor, CounterMask? mask)
        where T : unmanaged, IElement<T>
    {
        (int rows, int width, int rank) = ((int)x.shape[0], (int)x.shape[1], (int)factor.shape[0]);
        Tensor low = empty(rows, rank);
        T* from = FusedKernels.Memory<T>(x);
        float* f = FusedKernels.Memory(factor), into = FusedKernels.Memory(low);
        FusedKernels.OverRows(rows, (long)width * rank / 4, (first, end) =>
        {
            for (int row = first; row < end; row++)
                for (int at = 0; at < rank; at += Lanes)
                {
                    T* one = from + (long)row * width;
                    float* factors = f + (nint)at * width, sums = into + (nint)row * rank + at;
                    if (Wide.Takes(width))
                        DownRow<T, V16>(one, factors, width, (long)row * width, mask, sums);
                    else
                        DownRow<T, V8>(one, factors, width, (long)row * width, mask, sums);
                }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(factor);
        return low;
    }

    private static unsafe void AddUp<T>(Tensor y, Tensor low, Tensor factor, float scale, CounterMask? mask)
        where T : unmanaged, IElement<T>
    {
        (int rows, int width, int rank) = ((int)y.shape[0], (int)y.shape[1], (int)factor.shape[0]);
        T* into = FusedKernels.Memory<T>(y);
        float* f = FusedKernels.Memory(factor), l = FusedKernels.Memory(low);
        FusedKernels.OverRows(rows, (long)width * rank / 4, (first, end) =>
        {
            for (int row = first; row < end; row++)
                for (int at = 0; at < rank; at += Lanes)
                {
                    T* one = into + (long)row * width;
                    float* factors = f + (nint)at * width, lows = l + (nint)row * rank + at;
                    if (Wide.Takes(width))
                        AddUpRow<T, V16>(one, factors, width, (long)row * width, mask, lows, scale);
                    else
                        AddUpRow<T, V8>(one, factors, width, (long)row * width, mask, lows, scale);
                }
        });
        GC.KeepAlive(y);
        GC.KeepAlive(low);
        GC.KeepAlive(factor);
    }

    private static unsafe Tensor Outer<T>(Tensor low, Tensor x, float scale, CounterMask? mask)
        where T : unmanaged, IElement<T>
    {
        (int rows, int width, int rank) = ((int)x.shape[0], (int)x.shape[1], (int)low.shape[1]);
        Tensor sums = empty(rank, width);
        T* from = FusedKernels.Memory<T>(x);
        float* l = FusedKernels.Memory(low), into = FusedKernels.Memory(sums);
        // Two vectors of columns at a time, so that few cache lines are read twice. Each thread takes columns of its own: nothing is added up across threads, and the order of additions is fixed.
        int columns = Wide.Takes(width) ? 2 * V16.Count : 2 * V8.Count;
        FusedKernels.OverRows((width + columns - 1) / columns, (long)rows * rank * 4, (first, end) =>
        {
            for (int block = first; block < end; block++)
            {
                int j = block * columns;
                bool whole = j + columns <= width;
                for (int at = 0; at < rank; at += Lanes)
                {
                    float* sum = into + (nint)at * width + j;
                    if (Wide.Takes(width))
                        OuterColumns<T, V16>(from, rows, width, j, whole, mask, l + at, rank, scale, sum);
                    else
                        OuterColumns<T, V8>(from, rows, width, j, whole, mask, l + at, rank, scale, sum);
                }
            }
        });
        GC.KeepAlive(low);
        GC.KeepAlive(x);
        return sums;
    }

    /// <summary>Eight sums over one row, (m ∘ x) with eight rows of F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void DownRow<T, V>(T* x, float* f, int width, long place, CounterMask? mask, float* sums)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        float* f1 = f + width, f2 = f1 + width, f3 = f2 + width, f4 = f3 + width, f5 = f4 + width, f6 = f5 + width, f7 = f6 + width;
        V s0 = V.Create(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        for (int j = 0; j < width; j += V.Count)
        {
            V value = V.Load(x + j);
            if (masked)
                value *= drops.FactorsAt<V>(place + j);
            s0 = V.Fma(value, V.Load(f + j), s0);
            s1 = V.Fma(value, V.Load(f1 + j), s1);
            s2 = V.Fma(value, V.Load(f2 + j), s2);
            s3 = V.Fma(value, V.Load(f3 + j), s3);
            s4 = V.Fma(value, V.Load(f4 + j), s4);
            s5 = V.Fma(value, V.Load(f5 + j), s5);
            s6 = V.Fma(value, V.Load(f6 + j), s6);
            s7 = V.Fma(value, V.Load(f7 + j), s7);
        }
        sums[0] = V.Sum(s0);
        sums[1] = V.Sum(s1);
        sums[2] = V.Sum(s2);
        sums[3] = V.Sum(s3);
        sums[4] = V.Sum(s4);
        sums[5] = V.Sum(s5);
        sums[6] = V.Sum(s6);
        sums[7] = V.Sum(s7);
    }

    /// <summary>One row: y += s · m ∘ Σ l F over eight rows of F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddUpRow<T, V>(T* y, float* f, int width, long place, CounterMask? mask, float* low, float scale)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        float* f1 = f + width, f2 = f1 + width, f3 = f2 + width, f4 = f3 + width, f5 = f4 + width, f6 = f5 + width, f7 = f6 + width;
        V l0 = V.Create(scale * low[0]), l1 = V.Create(scale * low[1]);
        V l2 = V.Create(scale * low[2]), l3 = V.Create(scale * low[3]);
        V l4 = V.Create(scale * low[4]), l5 = V.Create(scale * low[5]);
        V l6 = V.Create(scale * low[6]), l7 = V.Create(scale * low[7]);
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        for (int j = 0; j < width; j += V.Count)
        {
            V one = l0 * V.Load(f + j), other = l1 * V.Load(f1 + j);
            one = V.Fma(l2, V.Load(f2 + j), one);
            other = V.Fma(l3, V.Load(f3 + j), other);
            one = V.Fma(l4, V.Load(f4 + j), one);
            other = V.Fma(l5, V.Load(f5 + j), other);
            one = V.Fma(l6, V.Load(f6 + j), one);
            other = V.Fma(l7, V.Load(f7 + j), other);
            V sum = one + other;
            if (masked)
                sum *= drops.FactorsAt<V>(place + j);
            V.Store(V.Load(y + j) + sum, y + j);
        }
    }

    /// <summary>Two vectors of columns of x (one at the edge) against eight columns of low, over all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void OuterColumns<T, V>(
        T* x, int rows, int width, int j, bool whole, CounterMask? mask, float* low, int rank, float scale, float* into)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        V s0 = V.Create(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        V t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, t6 = s0, t7 = s0;
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        T* column = x + j;
        long place = j;
        for (int row = 0; row < rows; row++)
        {
            V value = V.Load(column), next = whole ? V.Load(column + V.Count) : V.Create(0);
            if (masked)
            {
                value *= drops.FactorsAt<V>(place);
                next *= drops.FactorsAt<V>(place + V.Count);
            }
            V l = V.Create(low[0]);
            (s0, t0) = (V.Fma(value, l, s0), V.Fma(next, l, t0));
            l = V.Create(low[1]);
            (s1, t1) = (V.Fma(value, l, s1), V.Fma(next, l, t1));
            l = V.Create(low[2]);
            (s2, t2) = (V.Fma(value, l, s2), V.Fma(next, l, t2));
            l = V.Create(low[3]);
            (s3, t3) = (V.Fma(value, l, s3), V.Fma(next, l, t3));
            l = V.Create(low[4]);
            (s4, t4) = (V.Fma(value, l, s4), V.Fma(next, l, t4));
            l = V.Create(low[5]);
            (s5, t5) = (V.Fma(value, l, s5), V.Fma(next, l, t5));
            l = V.Create(low[6]);
            (s6, t6) = (V.Fma(value, l, s6), V.Fma(next, l, t6));
            l = V.Create(low[7]);
            (s7, t7) = (V.Fma(value, l, s7), V.Fma(next, l, t7));
            column += width;
            place += width;
            low += rank;
        }
        V factor = V.Create(scale);
        ReadOnlySpan<V> first = [s0, s1, s2, s3, s4, s5, s6, s7], second = [t0, t1, t2, t3, t4, t5, t6, t7];
        for (int r = 0; r < Lanes; r++, into += width)
        {
            V.Store(first[r] * factor, into);
            if (whole)
                V.Store(second[r] * factor, into + V.Count);
        }
    }
}
