using System.Runtime.InteropServices;

namespace PeftSharp.Tests.Tensors;

/// <summary>What libtorch has allocated, as glibc counts it.</summary>
internal static partial class NativeHeap
{
    /// <summary>Bytes of all blocks in use, mapped ones among them.</summary>
    public static long BytesInUse()
    {
        Info info = MallInfo();
        return (long)(info.UsedInArenas + info.Mapped);
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static partial Info MallInfo();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Info
    {
        public readonly nuint Arena, FreeChunks, FastChunks, MappedRegions, Mapped, MostUsed, FastBytes, UsedInArenas, Free, Releasable;
    }
}
