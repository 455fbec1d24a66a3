using System.Diagnostics;
using System.Globalization;

namespace PeftSharp.Tensors;

/// <summary>The most memory that this process has held at once.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string HighWaterMark = "VmHWM:";

    /// <summary>
    /// Bytes of the largest resident set so far, shared libraries and mapped files included. The kernel's own mark where it
    /// gives one; the runtime's figure elsewhere, which on Linux may be that of this moment only.
    /// </summary>
    public static long Read()
    {
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(HighWaterMark, StringComparison.Ordinal)) : null;
        // "VmHWM:	  228832 kB"
        if (line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, string kilobytes, ..] && long.TryParse(kilobytes, CultureInfo.InvariantCulture, out long kb))
            return kb * 1024;
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
