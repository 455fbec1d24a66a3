using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// What the fused kernels share: which tensors they take, access to tensor memory, and work over rows on all cores.
/// A tensor they do not take goes the plain way, through libtorch's operators; both give the same values: in fp32 those of the
/// formula up to 2e-6 of the largest value and 1e-5 of the largest gradient (an activation function says more of each value),
/// in bf16 those with one rounding.
/// </summary>
internal static class FusedKernels
{
    /// <summary>Below so many values a thread, waking a second one costs more than it brings (a region costs some microseconds).</summary>
    private const long ValuesPerThread = 1 << 14;

    private const long PiecesPerThread = 4;

    /// <summary>What <c>PEFTSHARP_KERNELS</c> says: <c>plain</c> for libtorch's operators alone, <c>packed</c> to pack even small weights.</summary>
    public static string? Wish { get; } = Environment.GetEnvironmentVariable("PEFTSHARP_KERNELS");

    /// <summary>False to go the plain way everywhere (by <see cref="Wish"/>, and in the tests that compare).</summary>
    public static bool Enabled { get; set; } = Wish != "plain";

    /// <summary>True for fp32 or bf16 on the CPU, small enough for a span.</summary>
    public static bool Take(Tensor x) =>
        Enabled && x.dtype is (ScalarType.Float32 or ScalarType.BFloat16) && x.device_type == TorchSharp.DeviceType.CPU
        && x.numel() is > 0 and < int.MaxValue / sizeof(float);

    /// <summary>True if a frozen weight is of that dtype and lies in one piece.</summary>
    public static bool TakeFrozen(Tensor weight, ScalarType dtype) =>
        weight.dtype == dtype && !weight.requires_grad && weight.is_contiguous();

    /// <summary>The memory of a contiguous fp32 tensor; valid while the tensor lives.</summary>
    public static unsafe float* Memory(Tensor x) => (float*)Memory<Fp32>(x);

    /// <summary>The memory of a contiguous tensor of such elements; valid while the tensor lives.</summary>
    public static unsafe T* Memory<T>(Tensor x)
        where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));

    /// <summary>
    /// Runs <paramref name="body"/>(first, end) over 0 … count on as many threads as pay, some pieces for each: a thread whose
    /// core is taken for a moment leaves pieces to the others.
    /// </summary>
    public static void OverRows(long count, long valuesPerRow, Action<int, int> body)
    {
        long threads = Math.Min(get_num_threads(), Math.Min(count, count * valuesPerRow / ValuesPerThread));
        if (threads <= 1 || !OpenMpRegion.IsAvailable)
        {
            body(0, (int)count);
            return;
        }
        long pieces = Math.Min(count, threads * Math.Clamp(count * valuesPerRow / threads / ValuesPerThread, 1, PiecesPerThread));
        OpenMpRegion.Run((int)threads, (int)pieces, piece => body((int)(piece * count / pieces), (int)((piece + 1) * count / pieces)));
    }
}
