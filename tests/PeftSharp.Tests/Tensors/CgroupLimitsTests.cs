using PeftSharp.Tensors;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class CgroupLimitsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("peftsharp-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Put(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text + "\n");
    }

    private CgroupLimits Read() => CgroupLimits.Read(Path.Combine(_root, "self"), _root);

    [Fact]
    public void Read_Version2_TakesTheLeastOnTheWayUp()
    {
        Put("self", "0::/a/b");
        Put("a/b/memory.max", "max");
        Put("a/memory.max", "1000000");
        Put("a/b/cpu.max", "400000 100000");
        Put("a/cpu.max", "150000 100000");
        Assert.Equal(new CgroupLimits(1_000_000, 1.5), Read());
    }

    [Fact]
    public void Read_Version1_ReadsBothControllers()
    {
        Put("self", "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n3:cpuset:/");
        Put("memory/memory.limit_in_bytes", "9223372036854771712");
        Put("memory/docker/x/memory.limit_in_bytes", "2048");
        Put("cpu/docker/x/cpu.cfs_quota_us", "50000");
        Put("cpu/docker/x/cpu.cfs_period_us", "100000");
        Put("cpu/cpu.cfs_quota_us", "-1");
        Put("cpu/cpu.cfs_period_us", "100000");
        Assert.Equal(new CgroupLimits(2048, 0.5), Read());
    }

    [Fact]
    public void Read_PathOutsideTheMount_UsesTheRoot()
    {
        Put("self", "0::/host/slice/not-visible-here");
        Put("memory.max", "4096");
        Assert.Equal(new CgroupLimits(4096, null), Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("0::/")]
    public void Read_NothingThere_IsUnlimited(string membership)
    {
        Put("self", membership);
        Put("memory.max", "not a number");
        Put("cpu.max", "max 100000");
        Assert.Equal(new CgroupLimits(null, null), Read());
    }
}
