using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Work on libtorch's own threads: a parallel region of the libgomp that libtorch has loaded. A second pool beside it
/// would cost more than it brings, since libgomp's workers spin between regions on the cores that the other pool needs;
/// here they are the same workers, awake from the last product.
/// </summary>
internal static unsafe class OpenMpRegion
{
    private static readonly Lazy<nint> _parallel = new(Find);

    /// <summary>True where libtorch runs on a libgomp whose regions can be entered.</summary>
    public static bool IsAvailable => _parallel.Value != 0;

    /// <summary>Runs <paramref name="body"/>(part) for 0 … parts, each once, on so many threads (the caller's is one of them).</summary>
    /// <exception cref="InvalidOperationException">There is no libgomp; see <see cref="IsAvailable"/>.</exception>
    public static void Run(int threads, int parts, Action<int> body)
    {
        if (!IsAvailable)
            throw new InvalidOperationException("No libgomp is loaded; ask IsAvailable first.");
        Region region = new(parts, body);
        GCHandle handle = GCHandle.Alloc(region);
        try
        {
            // void GOMP_parallel(void (*fn)(void *), void *data, unsigned threads, unsigned flags): returns when all are done.
            var parallel = (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)_parallel.Value;
            parallel(&Enter, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }
        region.Rethrow();
    }

    [UnmanagedCallersOnly]
    private static void Enter(nint data) => Unsafe.As<Region>(GCHandle.FromIntPtr(data).Target!).Work();

    /// <summary>GOMP_parallel of the libgomp beside libtorch; 0 where libtorch uses another runtime or none.</summary>
    private static nint Find()
    {
        NativeLoader.EnsureLoaded();
        if (!OperatingSystem.IsLinux())
            return 0;
        using Process process = Process.GetCurrentProcess();
        List<string> loaded = [.. process.Modules.Cast<ProcessModule>().Select(module => module.FileName)];
        string? torchFolder = Path.GetDirectoryName(loaded.FirstOrDefault(path => Path.GetFileName(path).StartsWith("libtorch_cpu", StringComparison.Ordinal)));
        string? library = loaded
            .Where(path => Path.GetFileName(path).StartsWith("libgomp", StringComparison.Ordinal))
            .OrderByDescending(path => Path.GetDirectoryName(path) == torchFolder)
            .FirstOrDefault();
        return library is not null && NativeLibrary.TryLoad(library, out nint handle)
            && NativeLibrary.TryGetExport(handle, "GOMP_parallel", out nint export) ? export : 0;
    }

    private sealed class Region(int parts, Action<int> body)
    {
        private int _next;
        private Exception? _failure;

        /// <summary>Takes parts until none is left: libgomp may give fewer threads than asked for.</summary>
        public void Work()
        {
            try
            {
                for (int part = Interlocked.Increment(ref _next) - 1; part < parts; part = Interlocked.Increment(ref _next) - 1)
                    body(part);
            }
#pragma warning disable CA1031 // An exception must not leave a native thread: the caller throws it again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, e, null);
            }
        }

        public void Rethrow()
        {
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
        }
    }
}
