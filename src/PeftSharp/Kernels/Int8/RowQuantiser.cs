using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>
/// For each row, with f a factor for each column: scale = max |x f| / 127, value = round(x f / scale). Two looks at a row
/// while it is in the cache. A row with NaN or an infinity gets the scale NaN, so that it stays one.
/// </summary>
internal static class RowQuantiser
{
    private const int Lanes = 8, AtOnce = 4 * Lanes;

    private const float Steps = 127;

    // Below this the reciprocal would be infinite; such a row is zero.
    private const float Least = 1e-35f;

    // 1.5 · 2²³: added to a number in ±2²², it leaves the nearest whole number in the lowest bits, ties to even.
    private const float Whole = 12582912f;

    /// <summary>Quantises.</summary>
    /// <param name="x">fp32 or bf16 (rows, width), contiguous.</param>
    /// <param name="factors">f, fp32 (width), contiguous; null for ones.</param>
    /// <param name="dtype"><see cref="ScalarType.Byte"/> (128 for zero) or <see cref="ScalarType.Int8"/>.</param>
    /// <param name="outliers">A flag for each column that is set where some |x| is above <see cref="OutlierColumns.Threshold"/>; null does not look.</param>
    public static QuantisedRows Run(Tensor x, Tensor? factors, ScalarType dtype, byte[]? outliers = null) =>
        x.dtype == ScalarType.BFloat16 ? Run<Bf16>(x, factors, dtype, outliers) : Run<Fp32>(x, factors, dtype, outliers);

    private static unsafe QuantisedRows Run<T>(Tensor x, Tensor? factors, ScalarType dtype, byte[]? outliers)
        where T : unmanaged, IElement<T>
    {
        (int rows, int width) = ((int)x.shape[0], (int)x.shape[1]);
        Tensor values = empty([rows, width], dtype: dtype), scales = empty(rows);
        T* from = FusedKernels.Memory<T>(x);
        float* f = factors is null ? null : FusedKernels.Memory(factors), scale = FusedKernels.Memory(scales);
        byte* into = FusedKernels.Memory<byte>(values);
        float zero = dtype == ScalarType.Byte ? 128 : 0;
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                T* input = from + (long)row * width;
                float largest = Largest(input, f, width);
                // Not above: NaN counts as one.
                if (outliers is not null && !(largest <= OutlierColumns.Threshold))
                    OutlierColumns.Mark(input, width, outliers);
                scale[row] = float.IsFinite(largest) ? largest / Steps : float.NaN;
                Round(input, f, width, largest >= Least && float.IsFinite(largest) ? Steps / largest : 0, zero, into + (long)row * width);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(factors);
        return new(values, scales);
    }

    /// <summary>max |x f|, compared as whole numbers: so NaN is above everything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Largest<T>(T* x, float* factors, int width)
        where T : unmanaged, IElement<T>
    {
        // No calls in this loop and the next: around one, what is in the vectors would go to memory and back every time.
        Vector256<int> largest = default, magnitude = Vector256.Create(int.MaxValue);
        int j = 0;
        for (; j + Lanes <= width; j += Lanes)
            largest = Vector256.Max(largest, Value(x, factors, j).AsInt32() & magnitude);
        Vector128<int> four = Vector128.Max(largest.GetLower(), largest.GetUpper());
        int most = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        for (; j < width; j++)
            most = Math.Max(most, BitConverter.SingleToInt32Bits(One(x, factors, j)) & int.MaxValue);
        return BitConverter.Int32BitsToSingle(most);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Round<T>(T* x, float* factors, int width, float inverse, float zero, byte* into)
        where T : unmanaged, IElement<T>
    {
        Vector256<float> factor = Vector256.Create(inverse), whole = Vector256.Create(Whole + zero);
        int j = 0;
        for (; j + AtOnce <= width; j += AtOnce)
        {
            Vector256<ushort> lower = Vector256.Narrow(
                Rounded(Value(x, factors, j), factor, whole), Rounded(Value(x, factors, j + Lanes), factor, whole));
            Vector256<ushort> upper = Vector256.Narrow(
                Rounded(Value(x, factors, j + 2 * Lanes), factor, whole), Rounded(Value(x, factors, j + 3 * Lanes), factor, whole));
            Vector256.Store(Vector256.Narrow(lower, upper), into + j);
        }
        for (; j < width; j++)
            into[j] = (byte)BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(One(x, factors, j), inverse, Whole + zero));
    }

    /// <summary>The whole number in the lowest byte of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Vector256<float> value, Vector256<float> factor, Vector256<float> whole) =>
        Vector256.FusedMultiplyAdd(value, factor, whole).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<float> Value<T>(T* x, float* factors, int j)
        where T : unmanaged, IElement<T> =>
        factors is null ? T.Load(x + j) : T.Load(x + j) * Vector256.Load(factors + j);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe float One<T>(T* x, float* factors, int j)
        where T : unmanaged, IElement<T> =>
        factors is null ? T.One(x[j]) : T.One(x[j]) * factors[j];
}
