using System.Diagnostics;
using System.Globalization;

namespace PeftSharp.Tensors;

/// <summary>The most memory that this process has had resident.</summary>
internal static class PeakMemory
{
    /// <summary>Bytes: Linux's own high-water mark where there is one.</summary>
    public static long Bytes()
    {
        const string Mark = "VmHWM:", Status = "/proc/self/status";
        if (OperatingSystem.IsLinux() && File.Exists(Status)
            && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is { } line)
            return long.Parse(line[Mark.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
