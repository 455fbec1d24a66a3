using System.Globalization;

namespace PeftSharp.Tensors;

/// <summary>The memory of this machine.</summary>
internal static class MachineMemory
{
    private static readonly Lazy<long> _bytes = new(() => Math.Min(Installed(), CgroupLimits.Read().MemoryBytes ?? long.MaxValue));

    /// <summary>Memory of the machine, or of the process's control group if that is less.</summary>
    public static long Bytes => _bytes.Value;

    /// <summary>What is built in.</summary>
    public static long Installed()
    {
        const string MemInfo = "/proc/meminfo";
        string? line = File.Exists(MemInfo) ? File.ReadLines(MemInfo).FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal)) : null;
        // "MemTotal:       24682416 kB"
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string kilobytes, ..] && long.TryParse(kilobytes, CultureInfo.InvariantCulture, out long kb)
            ? kb * 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }
}
