using System.Runtime.CompilerServices;
using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>y ← scale ∘ y + b, a scale for each row: what is left to do behind a product of quantised rows, in one pass.</summary>
internal static class RowScales
{
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

    private static unsafe void Row<T>(T* y, float scale, T* bias, int width)
        where T : unmanaged, IElement<T>
    {
        int j = Wide.Lanes ? Stretch<T, V16>(y, scale, bias, 0, width) : 0;
        j = Stretch<T, V8>(y, scale, bias, j, width);
        int rest = width - j;
        if (rest == 0)
            return;
        V8 scaled = Rest.Load(y + j, rest) * V8.Create(scale);
        Rest.Store(bias is null ? scaled : scaled + Rest.Load(bias + j, rest), y + j, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Stretch<T, V>(T* y, float scale, T* bias, int j, int width)
        where T : unmanaged, IElement<T>
        where V : unmanaged, IVector<V>
    {
        V factor = V.Create(scale);
        for (; j + V.Count <= width; j += V.Count)
            V.Store(bias is null ? V.Load(y + j) * factor : V.Fma(V.Load(y + j), factor, V.Load(bias + j)), y + j);
        return j;
    }
}
