using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// C (m × n) = A (m × k) · B (k × n), or C += A · B, for matrices that fit the near caches, as those of one attention head
/// do: a library call for each of them costs more than the product. B and C are row-major; A may have any strides, so that
/// a transposed one needs no copy. Blocks of 4 × 16 results (4 × 32 with AVX-512) stay in registers.
/// </summary>
internal static unsafe class SmallProduct
{
    /// <summary>n must be a multiple of this.</summary>
    public const int Lanes = 8;

    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C, a multiple of <see cref="Lanes"/>.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A's first element.</param>
    /// <param name="aRow">From one row of A to the next, in elements.</param>
    /// <param name="aColumn">From one column of A to the next.</param>
    /// <param name="b">B's first element.</param>
    /// <param name="bRow">From one row of B to the next.</param>
    /// <param name="c">C's first element.</param>
    /// <param name="cRow">From one row of C to the next.</param>
    /// <param name="add">True to add to C.</param>
    public static void Run(
        int m, int n, int k, float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, bool add)
    {
        int i = 0;
        for (; i + 4 <= m; i += 4)
        {
            int j = 0;
            if (Vector512.IsHardwareAccelerated)
                for (; j + 32 <= n; j += 32)
                    FourByThirtyTwo(k, a + i * aRow, aRow, aColumn, b + j, bRow, c + i * cRow + j, cRow, add);
            for (; j + 16 <= n; j += 16)
                FourBySixteen(k, a + i * aRow, aRow, aColumn, b + j, bRow, c + i * cRow + j, cRow, add);
            for (; j < n; j += 8)
                FourByEight(k, a + i * aRow, aRow, aColumn, b + j, bRow, c + i * cRow + j, cRow, add);
        }
        for (; i < m; i++)
            for (int j = 0; j < n; j += 8)
                OneByEight(k, a + i * aRow, aColumn, b + j, bRow, c + i * cRow + j, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThirtyTwo(int k, float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, bool add)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector512<float> c20 = default, c21 = default, c30 = default, c31 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int p = 0; p < k; p++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(a[at]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a1[at]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a2[at]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[at]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            at += aColumn;
            b += bRow;
        }
        Store(c, c00, c01, add);
        Store(c + cRow, c10, c11, add);
        Store(c + 2 * cRow, c20, c21, add);
        Store(c + 3 * cRow, c30, c31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourBySixteen(int k, float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, bool add)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default, c30 = default, c31 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int p = 0; p < k; p++)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            Vector256<float> x = Vector256.Create(a[at]);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(a1[at]);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(a2[at]);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(a3[at]);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
            at += aColumn;
            b += bRow;
        }
        Store(c, c00, c01, add);
        Store(c + cRow, c10, c11, add);
        Store(c + 2 * cRow, c20, c21, add);
        Store(c + 3 * cRow, c30, c31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByEight(int k, float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, bool add)
    {
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int p = 0; p < k; p++)
        {
            Vector256<float> x = Vector256.Load(b);
            c0 = Vector256.FusedMultiplyAdd(Vector256.Create(a[at]), x, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Create(a1[at]), x, c1);
            c2 = Vector256.FusedMultiplyAdd(Vector256.Create(a2[at]), x, c2);
            c3 = Vector256.FusedMultiplyAdd(Vector256.Create(a3[at]), x, c3);
            at += aColumn;
            b += bRow;
        }
        Store(c, c0, add);
        Store(c + cRow, c1, add);
        Store(c + 2 * cRow, c2, add);
        Store(c + 3 * cRow, c3, add);
    }

    private static void OneByEight(int k, float* a, nint aColumn, float* b, nint bRow, float* c, bool add)
    {
        Vector256<float> sum = default;
        for (int p = 0; p < k; p++)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(*a), Vector256.Load(b), sum);
            a += aColumn;
            b += bRow;
        }
        Store(c, sum, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> low, Vector256<float> high, bool add)
    {
        Store(c, low, add);
        Store(c + 8, high, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector512<float> low, Vector512<float> high, bool add)
    {
        Vector512.Store(add ? Vector512.Load(c) + low : low, c);
        Vector512.Store(add ? Vector512.Load(c + 16) + high : high, c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> value, bool add) =>
        Vector256.Store(add ? Vector256.Load(c) + value : value, c);
}
