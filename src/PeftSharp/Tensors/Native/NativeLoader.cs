using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using PeftSharp.IO;
using TorchSharp;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Makes libtorch load where it does not by itself, and sets it up: the allocator before the first tensor, and as many
/// threads as there are cores this process may use (unless <c>OMP_NUM_THREADS</c> says otherwise).
/// </summary>
/// <remarks>
/// Supported: Windows x64 and ARM64, macOS ARM64, and x64 Linux with glibc 2.34 and libstdc++ of GCC 12 or newer (Debian 12,
/// Ubuntu 22.04 and later). On Linux with a libstdc++ older than GCC 13.2 an adapted copy of TorchSharp's own library is
/// kept in <c>$XDG_CACHE_HOME/peftsharp/native</c>; elsewhere nothing is patched.
/// </remarks>
public static class NativeLoader
{
    private const string BridgeName = "LibTorchSharp";
    private static readonly Version _minimumGlibc = new(2, 34);
    private static readonly Lock _loadLock = new(), _patchLock = new();
    private static int _installed;
    private static nint _patched;
    private static volatile bool _loaded;

    /// <summary>The adapted copy in use, or null where the library loaded as it is.</summary>
    public static string? PatchedLibrary { get; private set; }

    /// <summary>Loads libtorch, if that has not happened yet. Cheap when repeated; any thread may call it.</summary>
    /// <exception cref="TorchLoadException">libtorch cannot work here; the message says why and what is supported.</exception>
    public static void EnsureLoaded()
    {
        if (_loaded)
            return;
        lock (_loadLock)
        {
            if (_loaded)
                return;
            Install();
            CheckPlatform();
            LoadLibTorch();
            // The bridge first by our own hand: TorchSharp would report any failure as a missing package.
            if (!NativeLibrary.TryLoad(BridgeName, typeof(torch).Assembly, null, out _))
                throw new TorchLoadException($"{BridgeName}, the native part of TorchSharp, was not found beside the program: build with the TorchSharp package for {RuntimeInformation.RuntimeIdentifier}.");
            torch.InitializeDeviceType(DeviceType.CPU);
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
                torch.set_num_threads(Environment.ProcessorCount);
            _loaded = true;
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "torch must find its library whichever type of this assembly is used first.")]
    internal static void Install()
    {
        if (Interlocked.Exchange(ref _installed, 1) != 0)
            return;
        MallocTuning.Apply();
        OpenMpTuning.Apply();
        // Raised only after the ordinary search has failed.
        if (OperatingSystem.IsLinux() && AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) is { } context)
            context.ResolvingUnmanagedDll += Resolve;
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != BridgeName || assembly != typeof(torch).Assembly)
            return 0;
        lock (_patchLock)
        {
            if (_patched != 0)
                return _patched;
            CheckPlatform();
            // libtorch's own names must be in the process first: the copy lies in another folder.
            LoadLibTorch();
            return FindBridge() is { } original ? _patched = LoadPatched(original) : 0;
        }
    }

    private static nint LoadPatched(string original)
    {
        byte[] bytes = File.ReadAllBytes(original), patched;
        try
        {
            patched = GlibcxxPatch.Apply(bytes);
        }
        catch (InvalidDataException e)
        {
            throw new TorchLoadException($"{original} does not load on this system and cannot be adapted to it. {e.Message} Supported: {Supported}.", e);
        }

        Exception? first = null;
        if (PatchCache.DefaultFolder() is { } folder)
        {
            try
            {
                string path = PatchCache.Store(folder, bytes, patched);
                nint handle = NativeLibrary.Load(path);
                PatchedLibrary = path;
                return handle;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
            {
                // A read-only home, or one mounted noexec: a private temporary folder may still do.
                first = e;
            }
        }
        return LoadFromTemporary(original, bytes, patched, first);
    }

    private static nint LoadFromTemporary(string original, byte[] bytes, byte[] patched, Exception? first)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("peftsharp-");
            string path = PatchCache.Store(folder.FullName, bytes, patched);
            nint handle = NativeLibrary.Load(path);
            PatchedLibrary = $"{path} (private, removed once loaded)";
            return handle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            string earlier = first is null ? "" : $" Before that, in the cache folder: {first.Message}";
            throw new TorchLoadException($"The copy of {original} adapted to this system's libstdc++ does not load: {e.Message}{earlier} Supported: {Supported}.", e);
        }
        finally
        {
            // The mapping outlives the file.
            folder?.Delete(recursive: true);
        }
    }

    private static void LoadLibTorch()
    {
        try
        {
            NativeLibrary.Load("torch", typeof(torch).Assembly, null);
        }
        catch (DllNotFoundException e)
        {
            throw new TorchLoadException($"libtorch was not found or does not load: reference a libtorch package for {RuntimeInformation.RuntimeIdentifier}, such as libtorch-cpu-linux-x64. {e.Message}", e);
        }
        catch (BadImageFormatException e)
        {
            throw new TorchLoadException($"libtorch is there but is not built for {RuntimeInformation.RuntimeIdentifier}. {e.Message}", e);
        }
    }

    /// <summary>The path of TorchSharp's own library, as the build put it there; null where it is missing.</summary>
    internal static string? FindBridge()
    {
        string file = $"lib{BridgeName}.so";
        string beside = Path.GetDirectoryName(typeof(torch).Assembly.Location) is { Length: > 0 } at ? at : AppContext.BaseDirectory;
        string[] known = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return known
            .Concat([beside, Path.Combine(beside, "runtimes", "linux-x64", "native")])
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    private const string Supported =
        "Windows x64 and ARM64, macOS ARM64, and x64 Linux with glibc 2.34 and libstdc++ of GCC 12 or newer (Debian 12, Ubuntu 22.04 and later)";

    private static void CheckPlatform()
    {
        if (Unsupported(RuntimeInformation.RuntimeIdentifier, RuntimeInformation.ProcessArchitecture, LibC.Version) is { } why)
            throw new TorchLoadException($"libtorch cannot be used here: {why}. Supported: {Supported}.");
    }

    /// <summary>Why a platform cannot work, or null.</summary>
    internal static string? Unsupported(string runtimeIdentifier, Architecture architecture, Version? glibc)
    {
        bool arm = architecture == Architecture.Arm64, x64 = architecture == Architecture.X64;
        if (runtimeIdentifier.StartsWith("win", StringComparison.Ordinal))
            return arm || x64 ? null : $"there is no build for Windows on {architecture}";
        if (runtimeIdentifier.StartsWith("osx", StringComparison.Ordinal))
            return arm ? null : $"there is no build for macOS on {architecture}";
        if (!x64)
            return $"there is no build for {runtimeIdentifier} on {architecture}";
        if (glibc is null)
            return $"{runtimeIdentifier} does not use glibc (Alpine and other musl systems do not)";
        return glibc < _minimumGlibc ? $"glibc {glibc} is older than {_minimumGlibc}" : null;
    }
}
