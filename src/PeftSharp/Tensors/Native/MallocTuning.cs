using PeftSharp.IO;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Keeps large blocks in glibc's heap instead of mapping and unmapping each one: libtorch takes every temporary from
/// malloc, and a fresh mapping costs a page fault for every 4 KiB touched. More memory stays resident in exchange.
/// </summary>
/// <remarks>
/// glibc gives threads other than the main one heaps of 64 MiB: off the main thread, blocks near that size and above are
/// still mapped afresh, unless the program is started with <c>MALLOC_ARENA_MAX=1</c> (too late once the runtime is up).
/// </remarks>
internal static class MallocTuning
{
    /// <summary>Set this variable to <c>default</c> to leave the allocator alone.</summary>
    public const string Variable = "PEFTSHARP_MALLOC";

    private const int TrimThreshold = -1, MmapThreshold = -3;
    private const int MmapThresholdBytes = 1 << 30;

    /// <summary>What was done, in words, for the machine report.</summary>
    public static string State { get; private set; } = "not set yet";

    /// <summary>Sets the thresholds; must run before the first tensor.</summary>
    public static void Apply() => State = Decide();

    /// <summary>Gives back what is free now, for a moment at which much of it will not be needed again; some milliseconds.</summary>
    public static void Trim()
    {
        if (LibC.Version is not null)
            _ = LibC.MallocTrim(0);
    }

    private static string Decide()
    {
        if (LibC.Version is null)
            return "the system's own (no glibc)";
        if (string.Equals(Environment.GetEnvironmentVariable(Variable), "default", StringComparison.OrdinalIgnoreCase))
            return $"glibc defaults ({Variable}=default)";
        // The user's own settings win.
        foreach (string name in (ReadOnlySpan<string>)["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"])
            if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
                return $"glibc as set by {name}";
        if (Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains("glibc.malloc", StringComparison.Ordinal) == true)
            return "glibc as set by GLIBC_TUNABLES";

        bool mapped = LibC.MallOpt(MmapThreshold, MmapThresholdBytes) == 1;
        bool trimmed = LibC.MallOpt(TrimThreshold, int.MaxValue) == 1;
        return mapped && trimmed
            ? "glibc, large blocks kept for reuse (mmap threshold 1 GiB, no trimming)"
            : $"glibc refused the thresholds (mmap {mapped}, trim {trimmed})";
    }
}
