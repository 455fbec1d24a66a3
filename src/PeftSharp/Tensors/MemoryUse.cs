using System.Globalization;
using System.Text;

namespace PeftSharp.Tensors;

/// <summary>What the system knows of the memory of this process at one moment.</summary>
/// <param name="PageFaults">
/// How often the process touched a page for the first time since it was mapped, from its start; 0 where the system does not say.
/// In a training step that reuses its memory there are few.
/// </param>
/// <param name="ResidentBytes">What lies in memory, shared libraries and mapped files included.</param>
internal readonly record struct MemoryUse(long PageFaults, long ResidentBytes)
{
    private const string Stat = "/proc/self/stat";

    // Fields 10 (minflt), 12 (majflt) and 24 (rss, in pages) of proc(5); the first two end with the name in parentheses.
    private const int FirstField = 3, MinorFaults = 10, MajorFaults = 12, ResidentPages = 24;

    /// <summary>Reads it; some microseconds.</summary>
    public static MemoryUse Read()
    {
        if (!OperatingSystem.IsLinux())
            return new(0, Environment.WorkingSet);
        Span<byte> bytes = stackalloc byte[1024];
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(Stat);
        string text = Encoding.ASCII.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
        // The name may hold anything, spaces and parentheses too.
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        long Field(int number) => long.Parse(fields[number - FirstField], CultureInfo.InvariantCulture);
        return new(Field(MinorFaults) + Field(MajorFaults), Field(ResidentPages) * Environment.SystemPageSize);
    }
}
