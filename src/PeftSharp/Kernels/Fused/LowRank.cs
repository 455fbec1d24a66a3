using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// The thin products of a low-rank update with factors F (r × n) in fp32: too narrow for a library's blocking. The rank is
/// taken up to a whole number of eights, the rest zeros. A dropout mask m is computed where it is needed, not stored.
/// </summary>
internal static class LowRank
{
    private const int Lanes = 8;

    // A gradient is summed over so many columns at a time: two vectors, so that few cache lines are read twice.
    private const int Columns = 16;

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
                    DownRow(from + (long)row * width, f + (nint)at * width, width, (long)row * width, mask, into + (nint)row * rank + at);
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
                    AddUpRow(into + (long)row * width, f + (nint)at * width, width, (long)row * width, mask, l + (nint)row * rank + at, scale);
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
        // Each thread takes columns of its own: nothing is added up across threads, and the order of additions is fixed.
        FusedKernels.OverRows((width + Columns - 1) / Columns, (long)rows * rank * 4, (first, end) =>
        {
            for (int block = first; block < end; block++)
            {
                int j = block * Columns;
                for (int at = 0; at < rank; at += Lanes)
                    OuterColumns(from, rows, width, j, j + Columns <= width, mask, l + at, rank, scale, into + (nint)at * width + j);
            }
        });
        GC.KeepAlive(low);
        GC.KeepAlive(x);
        return sums;
    }

    /// <summary>Eight sums over one row, (m ∘ x) with eight rows of F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void DownRow<T>(T* x, float* f, int width, long place, CounterMask? mask, float* sums)
        where T : unmanaged, IElement<T>
    {
        float* f1 = f + width, f2 = f1 + width, f3 = f2 + width, f4 = f3 + width, f5 = f4 + width, f6 = f5 + width, f7 = f6 + width;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> s4 = default, s5 = default, s6 = default, s7 = default;
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        for (int j = 0; j < width; j += Lanes)
        {
            Vector256<float> value = T.Load(x + j);
            if (masked)
                value *= drops.FactorsAt(place + j);
            s0 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f + j), s0);
            s1 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f1 + j), s1);
            s2 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f2 + j), s2);
            s3 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f3 + j), s3);
            s4 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f4 + j), s4);
            s5 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f5 + j), s5);
            s6 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f6 + j), s6);
            s7 = Vector256.FusedMultiplyAdd(value, Vector256.Load(f7 + j), s7);
        }
        sums[0] = Vector256.Sum(s0);
        sums[1] = Vector256.Sum(s1);
        sums[2] = Vector256.Sum(s2);
        sums[3] = Vector256.Sum(s3);
        sums[4] = Vector256.Sum(s4);
        sums[5] = Vector256.Sum(s5);
        sums[6] = Vector256.Sum(s6);
        sums[7] = Vector256.Sum(s7);
    }

    /// <summary>One row: y += s · m ∘ Σ l F over eight rows of F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddUpRow<T>(T* y, float* f, int width, long place, CounterMask? mask, float* low, float scale)
        where T : unmanaged, IElement<T>
    {
        float* f1 = f + width, f2 = f1 + width, f3 = f2 + width, f4 = f3 + width, f5 = f4 + width, f6 = f5 + width, f7 = f6 + width;
        Vector256<float> l0 = Vector256.Create(scale * low[0]), l1 = Vector256.Create(scale * low[1]);
        Vector256<float> l2 = Vector256.Create(scale * low[2]), l3 = Vector256.Create(scale * low[3]);
        Vector256<float> l4 = Vector256.Create(scale * low[4]), l5 = Vector256.Create(scale * low[5]);
        Vector256<float> l6 = Vector256.Create(scale * low[6]), l7 = Vector256.Create(scale * low[7]);
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        for (int j = 0; j < width; j += Lanes)
        {
            Vector256<float> one = l0 * Vector256.Load(f + j), other = l1 * Vector256.Load(f1 + j);
            one = Vector256.FusedMultiplyAdd(l2, Vector256.Load(f2 + j), one);
            other = Vector256.FusedMultiplyAdd(l3, Vector256.Load(f3 + j), other);
            one = Vector256.FusedMultiplyAdd(l4, Vector256.Load(f4 + j), one);
            other = Vector256.FusedMultiplyAdd(l5, Vector256.Load(f5 + j), other);
            one = Vector256.FusedMultiplyAdd(l6, Vector256.Load(f6 + j), one);
            other = Vector256.FusedMultiplyAdd(l7, Vector256.Load(f7 + j), other);
            Vector256<float> sum = one + other;
            if (masked)
                sum *= drops.FactorsAt(place + j);
            T.Store(T.Load(y + j) + sum, y + j);
        }
    }

    /// <summary>Sixteen columns of x (eight at the edge) against eight columns of low, over all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void OuterColumns<T>(
        T* x, int rows, int width, int j, bool whole, CounterMask? mask, float* low, int rank, float scale, float* into)
        where T : unmanaged, IElement<T>
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        bool masked = mask.HasValue;
        CounterMask drops = mask.GetValueOrDefault();
        T* column = x + j;
        long place = j;
        for (int row = 0; row < rows; row++)
        {
            Vector256<float> value = T.Load(column), next = whole ? T.Load(column + Lanes) : default;
            if (masked)
            {
                value *= drops.FactorsAt(place);
                next *= drops.FactorsAt(place + Lanes);
            }
            Vector256<float> l = Vector256.Create(low[0]);
            (s0, t0) = (Vector256.FusedMultiplyAdd(value, l, s0), Vector256.FusedMultiplyAdd(next, l, t0));
            l = Vector256.Create(low[1]);
            (s1, t1) = (Vector256.FusedMultiplyAdd(value, l, s1), Vector256.FusedMultiplyAdd(next, l, t1));
            l = Vector256.Create(low[2]);
            (s2, t2) = (Vector256.FusedMultiplyAdd(value, l, s2), Vector256.FusedMultiplyAdd(next, l, t2));
            l = Vector256.Create(low[3]);
            (s3, t3) = (Vector256.FusedMultiplyAdd(value, l, s3), Vector256.FusedMultiplyAdd(next, l, t3));
            l = Vector256.Create(low[4]);
            (s4, t4) = (Vector256.FusedMultiplyAdd(value, l, s4), Vector256.FusedMultiplyAdd(next, l, t4));
            l = Vector256.Create(low[5]);
            (s5, t5) = (Vector256.FusedMultiplyAdd(value, l, s5), Vector256.FusedMultiplyAdd(next, l, t5));
            l = Vector256.Create(low[6]);
            (s6, t6) = (Vector256.FusedMultiplyAdd(value, l, s6), Vector256.FusedMultiplyAdd(next, l, t6));
            l = Vector256.Create(low[7]);
            (s7, t7) = (Vector256.FusedMultiplyAdd(value, l, s7), Vector256.FusedMultiplyAdd(next, l, t7));
            column += width;
            place += width;
            low += rank;
        }
        Vector256<float> factor = Vector256.Create(scale);
        ReadOnlySpan<Vector256<float>> first = [s0, s1, s2, s3, s4, s5, s6, s7], second = [t0, t1, t2, t3, t4, t5, t6, t7];
        for (int r = 0; r < Lanes; r++, into += width)
        {
            Vector256.Store(first[r] * factor, into);
            if (whole)
                Vector256.Store(second[r] * factor, into + Lanes);
        }
    }
}
