using PeftSharp.Tensors.Native;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

public sealed class MallocTuningTests
{
    [Fact]
    public void Apply_OnGlibc_LargeBlocksAreReusedWithoutNewPages()
    {
        Assert.SkipUnless(MallocTuning.State.Contains("kept for reuse", StringComparison.Ordinal), $"the allocator is {MallocTuning.State}");
        using torch.Tensor x = torch.ones(1024, 12288);
        for (int i = 0; i < 3; i++)
            x.add(1).Dispose();
        long before = MinorFaults();
        for (int i = 0; i < 4; i++)
            x.add(1).Dispose();
        // Four fresh mappings of 48 MB would take 49,152 faults.
        Assert.InRange(MinorFaults() - before, 0, 25_000);
    }

    [Fact]
    public void OpenMp_OnGlibc_IsSetOrChosenOutside()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libgomp is used on Linux only");
        Assert.Matches("GOMP_SPINCOUNT=|OMP_WAIT_POLICY=|system's own", OpenMpTuning.State);
    }

    private static long MinorFaults()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], System.Globalization.CultureInfo.InvariantCulture);
    }
}
