using System.Runtime.InteropServices;
using PeftSharp.Tensors.Native;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

[Collection(nameof(Alone))]
public sealed class MallocTuningTests
{
    [Fact]
    public void Apply_OnGlibc_LargeBlocksComeFromTheHeap()
    {
        Assert.SkipUnless(MallocTuning.State.Contains("kept for reuse", StringComparison.Ordinal), $"the allocator is {MallocTuning.State}");
        nuint before = mallinfo2().MappedBytes;
        // Glibc's own threshold never exceeds 32 MB, so it would map these 40 MB.
        using torch.Tensor x = torch.ones(1024, 10240);
        Assert.InRange(mallinfo2().MappedBytes, before, before + (8 << 20));
    }

    [Fact]
    public void OpenMp_OnGlibc_IsSetOrChosenOutside()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libgomp is used on Linux only");
        Assert.Matches("GOMP_SPINCOUNT=|OMP_WAIT_POLICY=|system's own", OpenMpTuning.State);
    }

    [DllImport("libc.so.6")]
    private static extern MallInfo mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallInfo
    {
        private readonly nuint _arena, _ordblks, _smblks, _hblks;
        public readonly nuint MappedBytes;
        private readonly nuint _usmblks, _fsmblks, _uordblks, _fordblks, _keepcost;
    }
}
