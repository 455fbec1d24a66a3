using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>y ← scale ∘ y + b, a scale for each row: what is left to do behind a product of quantised rows, in one pass.</summary>
internal static class RowScales
{
    private const int Lanes = 8;

    /// <param name="y">fp32 or bf16 (rows, width), contiguous.</param>
    /// <param name="scales">fp32 (rows).</param>
    /// <param name="bias">b (width) in the dtype of y, contiguous, or null.</param>
    public static void Apply(Tensor y, Tensor scales, Tensor? bias)
    {
        if (y.dtype == ScalarType.BFloat16)
            Apply<Bf16>(y, scales, bias);
        else
            Apply<Fp32>(y, scales, bias);
    }

    private static unsafe void Apply<T>(Tensor y, Tensor scales, Tensor? bias)
        where T : unmanaged, IElement<T>
    {
        (int rows, int width) = ((int)y.shape[0], (int)y.shape[1]);
        T* memory = FusedKernels.Memory<T>(y), b = bias is null ? null : FusedKernels.Memory<T>(bias);
        float* scale = FusedKernels.Memory(scales);
        FusedKernels.OverRows(rows, width, (first, end) =>
        {
            for (int row = first; row < end; row++)
                Row(memory + (long)row * width, scale[row], b, width);
        });
        GC.KeepAlive(y);
        GC.KeepAlive(scales);
        GC.KeepAlive(bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Row<T>(T* y, float scale, T* bias, int width)
        where T : unmanaged, IElement<T>
    {
        Vector256<float> factor = Vector256.Create(scale);
        int j = 0;
        for (; j + Lanes <= width; j += Lanes)
            T.Store(bias is null ? T.Load(y + j) * factor : Vector256.FusedMultiplyAdd(T.Load(y + j), factor, T.Load(bias + j)), y + j);
        int rest = width - j;
        if (rest > 0)
            Rest.Store(
                bias is null ? Rest.Load(y + j, rest) * factor : Vector256.FusedMultiplyAdd(Rest.Load(y + j, rest), factor, Rest.Load(bias + j, rest)),
                y + j, rest);
    }
}
