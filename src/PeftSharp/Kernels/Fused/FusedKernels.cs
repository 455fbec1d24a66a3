using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PeftSharp.Tensors.Native;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// What the fused kernels share: which tensors they take, access to tensor memory, and work over rows on all cores.
/// A tensor they do not take goes the plain way, through libtorch's operators; both give the same values.
/// </summary>
internal static class FusedKernels
{
    /// <summary>Below so many values a thread, waking a second one costs more than it brings (a region costs some microseconds).</summary>
    private const long ValuesPerThread = 1 << 14;

    /// <summary>False to go the plain way everywhere (<c>PEFTSHARP_KERNELS=plain</c>, and the tests that compare).</summary>
    public static bool Enabled { get; set; } = Environment.GetEnvironmentVariable("PEFTSHARP_KERNELS") != "plain";

    /// <summary>True for fp32 on the CPU, small enough for a span.</summary>
    public static bool Take(Tensor x) =>
        Enabled && x.dtype == ScalarType.Float32 && x.device_type == TorchSharp.DeviceType.CPU
        && x.numel() is > 0 and < int.MaxValue / sizeof(float);

    /// <summary>True if a result needs a graph to <paramref name="x"/>.</summary>
    public static bool NeedsGraph(Tensor x) => x.requires_grad && is_grad_enabled();

    /// <summary>The memory of a contiguous fp32 tensor; valid while the tensor lives.</summary>
    public static unsafe float* Memory(Tensor x) =>
        (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));

    /// <summary>Runs <paramref name="body"/>(first, end) over 0 … count on as many threads as pay.</summary>
    public static void OverRows(long count, long valuesPerRow, Action<int, int> body)
    {
        int threads = (int)Math.Min(get_num_threads(), Math.Min(count, count * valuesPerRow / ValuesPerThread));
        if (threads <= 1 || !OpenMpRegion.IsAvailable)
        {
            body(0, (int)count);
            return;
        }
        int each = (int)((count + threads - 1) / threads);
        OpenMpRegion.Run(threads, part => body(Math.Min(part * each, (int)count), (int)Math.Min(count, (part + 1L) * each)));
    }
}

/// <summary>
/// The gradients that a backward of ours returned last on this thread. The native graph takes its own reference after
/// the method has returned, so they are freed at the next call rather than kept until the end of the step.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor>? _last;

    /// <summary>Frees what is kept: after a backward pass nothing needs it.</summary>
    public static void Release()
    {
        foreach (Tensor old in _last ?? [])
            old.Dispose();
        _last = null;
    }

    /// <summary>Frees the earlier ones and keeps these.</summary>
    public static List<Tensor> Keep(params ReadOnlySpan<Tensor?> gradients)
    {
        Release();
        _last = [];
        List<Tensor> returned = [];
        foreach (Tensor? gradient in gradients)
        {
            if (gradient is not null)
                _last.Add(gradient.DetachFromDisposeScope());
            returned.Add(gradient!);
        }
        return returned;
    }
}
