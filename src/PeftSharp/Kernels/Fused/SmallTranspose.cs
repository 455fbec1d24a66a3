using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PeftSharp.Kernels.Fused;

/// <summary>The transpose of a matrix that fits the near caches, eight by eight in registers.</summary>
internal static unsafe class SmallTranspose
{
    /// <summary>B (k × n) = Aᵀ of A (n × k); the columns from n up to <paramref name="padded"/> become 0.</summary>
    /// <param name="n">Rows of A.</param>
    /// <param name="k">Columns of A, a multiple of eight.</param>
    /// <param name="a">A, row by row without gaps.</param>
    /// <param name="b">B.</param>
    /// <param name="padded">From one row of B to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int n, int k, float* a, float* b, int padded)
    {
        int whole = Avx.IsSupported ? n - n % 8 : 0;
        for (int row = 0; row < whole; row += 8)
            for (int column = 0; column < k; column += 8)
                EightByEight(a + (nint)row * k + column, k, b + (nint)column * padded + row, padded);
        for (int column = 0; column < k; column++)
        {
            float* into = b + (nint)column * padded;
            for (int row = whole; row < n; row++)
                into[row] = a[(nint)row * k + column];
            for (int row = n; row < padded; row++)
                into[row] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EightByEight(float* a, nint aRow, float* b, nint bRow)
    {
        Vector256<float> a0 = Vector256.Load(a), a1 = Vector256.Load(a + aRow), a2 = Vector256.Load(a + 2 * aRow), a3 = Vector256.Load(a + 3 * aRow);
        a += 4 * aRow;
        Vector256<float> a4 = Vector256.Load(a), a5 = Vector256.Load(a + aRow), a6 = Vector256.Load(a + 2 * aRow), a7 = Vector256.Load(a + 3 * aRow);
        // Pairs of rows, then fours of them, within each half of the vectors; then the halves change places.
        Vector256<float> p0 = Avx.UnpackLow(a0, a1), p1 = Avx.UnpackHigh(a0, a1), p2 = Avx.UnpackLow(a2, a3), p3 = Avx.UnpackHigh(a2, a3);
        Vector256<float> p4 = Avx.UnpackLow(a4, a5), p5 = Avx.UnpackHigh(a4, a5), p6 = Avx.UnpackLow(a6, a7), p7 = Avx.UnpackHigh(a6, a7);
        Vector256<float> q0 = Avx.Shuffle(p0, p2, 0x44), q1 = Avx.Shuffle(p0, p2, 0xEE), q2 = Avx.Shuffle(p1, p3, 0x44), q3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> q4 = Avx.Shuffle(p4, p6, 0x44), q5 = Avx.Shuffle(p4, p6, 0xEE), q6 = Avx.Shuffle(p5, p7, 0x44), q7 = Avx.Shuffle(p5, p7, 0xEE);
        Vector256.Store(Avx.Permute2x128(q0, q4, 0x20), b);
        Vector256.Store(Avx.Permute2x128(q1, q5, 0x20), b + bRow);
        Vector256.Store(Avx.Permute2x128(q2, q6, 0x20), b + 2 * bRow);
        Vector256.Store(Avx.Permute2x128(q3, q7, 0x20), b + 3 * bRow);
        b += 4 * bRow;
        Vector256.Store(Avx.Permute2x128(q0, q4, 0x31), b);
        Vector256.Store(Avx.Permute2x128(q1, q5, 0x31), b + bRow);
        Vector256.Store(Avx.Permute2x128(q2, q6, 0x31), b + 2 * bRow);
        Vector256.Store(Avx.Permute2x128(q3, q7, 0x31), b + 3 * bRow);
    }
}
