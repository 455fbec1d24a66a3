namespace PeftSharp.Kernels.Packed;

/// <summary>How much memory packed weights may take in this process: a quarter of what it has.</summary>
internal static class PackedMemory
{
    private static readonly long _most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
    private static long _taken;

    /// <summary>The bytes taken now.</summary>
    public static long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes so many bytes, if they are left.</summary>
    public static bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _most)
            return true;
        Release(bytes);
        return false;
    }

    /// <summary>Gives them back.</summary>
    public static void Release(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
