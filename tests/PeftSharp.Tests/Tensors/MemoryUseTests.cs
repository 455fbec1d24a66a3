using System.Runtime.InteropServices;
using PeftSharp.Tensors;
using Xunit;

namespace PeftSharp.Tests.Tensors;

[Collection(nameof(Alone))]
public sealed class MemoryUseTests
{
    [Fact]
    public unsafe void Read_AfterFreshMemoryWasTouched_CountsItsPages()
    {
        const int Size = 64 << 20;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux says how many pages were touched.");
        MemoryUse before = MemoryUse.Read();
        // Mapped afresh by the allocator, whatever its thresholds, as no free block is as large.
        byte* memory = (byte*)NativeMemory.AlignedAlloc(Size, 1 << 21);
        try
        {
            for (int at = 0; at < Size; at += Environment.SystemPageSize)
                memory[at] = 1;
            MemoryUse after = MemoryUse.Read();
            Assert.True(after.ResidentBytes - before.ResidentBytes > Size / 2);
            // A large page counts once; there are at least so many.
            Assert.True(after.PageFaults - before.PageFaults >= Size >> 21);
            Assert.InRange(after.ResidentBytes, Size, PeakMemory.Read());
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
