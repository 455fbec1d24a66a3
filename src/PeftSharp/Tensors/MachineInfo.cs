using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PeftSharp.IO;
using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>What this machine has and what PeftSharp makes of it: the report behind <c>peft doctor</c>.</summary>
/// <param name="OperatingSystem">Name and version, with the C library where it is glibc.</param>
/// <param name="Cpu">The processor and its instruction sets.</param>
/// <param name="UsableCores">Cores that this process may use: affinity, control groups and runtime settings respected.</param>
/// <param name="CoreLimit">Why there are that many, such as <c>all 16</c> or <c>2 of 16, by control-group quota 1.5</c>.</param>
/// <param name="TorchThreads">Threads that libtorch computes with.</param>
/// <param name="MemoryBytes">Memory of the machine, or of its control group if that is less.</param>
/// <param name="MemoryLimitBytes">The control group's limit; null where there is none.</param>
/// <param name="PreferredDType">bfloat16 where the processor has units for it, else float32.</param>
/// <param name="TorchSharpVersion">Version of the TorchSharp package.</param>
/// <param name="LibTorchVersion">Version of libtorch that TorchSharp is built for.</param>
/// <param name="NativeLibraries">Paths of libtorch and TorchSharp's own library, as loaded.</param>
/// <param name="PatchedLibrary">The adapted copy of TorchSharp's library in use; null where none was needed.</param>
/// <param name="CudaDevices">NVIDIA GPUs that libtorch sees.</param>
/// <param name="HasMps">True where libtorch can use an Apple GPU.</param>
/// <param name="Allocator">How large blocks of memory are handled.</param>
/// <param name="OpenMp">How libtorch's threads wait.</param>
public sealed record MachineInfo(
    string OperatingSystem,
    CpuFeatures Cpu,
    int UsableCores,
    string CoreLimit,
    int TorchThreads,
    long MemoryBytes,
    long? MemoryLimitBytes,
    torch.ScalarType PreferredDType,
    string TorchSharpVersion,
    string LibTorchVersion,
    IReadOnlyList<string> NativeLibraries,
    string? PatchedLibrary,
    int CudaDevices,
    bool HasMps,
    string Allocator,
    string OpenMp)
{
    /// <summary>Reads the report; loads libtorch if that has not happened.</summary>
    /// <exception cref="TorchLoadException">libtorch cannot be used here.</exception>
    public static MachineInfo Read()
    {
        NativeLoader.EnsureLoaded();
        CgroupLimits limits = CgroupLimits.Read();
        CpuFeatures cpu = CpuFeatures.Current;
        long installed = MachineMemory.Installed();
        return new MachineInfo(
            LibC.Version is { } glibc ? $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier}, glibc {glibc})" : $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})",
            cpu,
            Environment.ProcessorCount,
            DescribeCores(Environment.ProcessorCount, OnlineCores(), limits.Cores, Environment.GetEnvironmentVariable("DOTNET_PROCESSOR_COUNT")),
            torch.get_num_threads(),
            Math.Min(installed, limits.MemoryBytes ?? long.MaxValue),
            limits.MemoryBytes,
            DTypeFor(cpu),
            typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            torch.__version__,
            LoadedLibraries(),
            NativeLoader.PatchedLibrary,
            torch.cuda.is_available() ? torch.cuda.device_count() : 0,
            torch.mps_is_available(),
            MallocTuning.State,
            OpenMpTuning.State);
    }

    /// <summary>The dtype that computes fastest on a processor: bfloat16 only where it has units for it.</summary>
    public static torch.ScalarType DTypeFor(CpuFeatures cpu)
    {
        ArgumentNullException.ThrowIfNull(cpu);
        return cpu.HasFastBFloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;
    }

    internal static string DescribeCores(int usable, int online, double? quota, string? setting)
    {
        if (usable >= online)
            return string.Create(CultureInfo.InvariantCulture, $"all {online}");
        string why = !string.IsNullOrEmpty(setting) ? $"DOTNET_PROCESSOR_COUNT={setting}"
            : quota is { } cores && Math.Ceiling(cores) <= usable ? string.Create(CultureInfo.InvariantCulture, $"control-group quota {cores:0.##}")
            : "affinity";
        return string.Create(CultureInfo.InvariantCulture, $"{usable} of {online}, by {why}");
    }

    /// <summary>Cores of the machine, whoever may use them; elsewhere than on Linux the runtime's own count.</summary>
    private static int OnlineCores()
    {
        const string Online = "/sys/devices/system/cpu/online";
        if (!File.Exists(Online))
            return Environment.ProcessorCount;
        // Ranges such as 0-3,8-11.
        int count = 0;
        foreach (string range in File.ReadAllText(Online).Trim().Split(','))
        {
            string[] ends = range.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last))
                count += last - first + 1;
        }
        return Math.Max(count, Environment.ProcessorCount);
    }

    private static List<string> LoadedLibraries()
    {
        using Process self = Process.GetCurrentProcess();
        return [.. self.Modules.Cast<ProcessModule>()
            .Select(m => m.FileName)
            .Where(path => Path.GetFileName(path) is { } file
                && (file.Contains("LibTorchSharp", StringComparison.Ordinal) || file.Contains("torch_cpu", StringComparison.Ordinal) || file.Contains("torch_cuda", StringComparison.Ordinal)))
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }
}
