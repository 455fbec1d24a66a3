using PeftSharp.Tensors;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class MachineInfoTests
{
    private static readonly CpuFeatures _plain = new("x", true, false, false, false, false, false, false);

    [Fact]
    public void Read_OnThisMachine_AgreesWithTheSystem()
    {
        MachineInfo info = MachineInfo.Read();
        Assert.Equal(Environment.ProcessorCount, info.UsableCores);
        Assert.InRange(info.MemoryBytes, 256L << 20, 1L << 46);
        Assert.Equal(new Version(0, 107, 0), Version.Parse(info.TorchSharpVersion));
        Assert.StartsWith("2.10", info.LibTorchVersion, StringComparison.Ordinal);
        Assert.Contains(info.NativeLibraries, p => p.Contains("torch_cpu", StringComparison.Ordinal));
        Assert.Contains(info.NativeLibraries, p => p.Contains("LibTorchSharp", StringComparison.Ordinal));
        Assert.Equal(torch.get_num_threads(), info.TorchThreads);
        Assert.Equal(torch.cuda.is_available(), info.CudaDevices > 0);
    }

    [Fact]
    public void Cpu_OnLinux_AgreesWithTheKernel()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo"), "needs /proc/cpuinfo");
        string cpuinfo = File.ReadAllText("/proc/cpuinfo");
        HashSet<string> flags = [.. cpuinfo.Split('\n').FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal) || l.StartsWith("Features", StringComparison.Ordinal))?.Split(' ') ?? []];
        CpuFeatures cpu = CpuFeatures.Current;
        Assert.Equal(flags.Contains("avx2") && flags.Contains("fma"), cpu.Avx2);
        Assert.Equal(flags.Contains("avx512f"), cpu.Avx512F);
        Assert.Equal(flags.Contains("avx512_bf16"), cpu.Avx512Bf16);
        Assert.Equal(flags.Contains("amx_bf16"), cpu.AmxBf16);
        Assert.Equal(flags.Contains("amx_int8"), cpu.AmxInt8);
        Assert.Equal(flags.Contains("avx512_vnni") || flags.Contains("avx_vnni"), cpu.Vnni);
        Assert.Equal(flags.Contains("asimd"), cpu.Neon);
        // A virtual machine may show the kernel another name than the processor gives itself.
        if (!flags.Contains("hypervisor") && cpuinfo.Contains("model name", StringComparison.Ordinal))
            Assert.Contains(cpu.Model, cpuinfo, StringComparison.Ordinal);
        Assert.Matches("^[\\x20-\\x7e]+$", cpu.Model);
    }

    [Fact]
    public void DTypeFor_ProcessorWithAndWithoutBFloat16Units_ChoosesTheFasterOne()
    {
        Assert.Equal(torch.ScalarType.Float32, MachineInfo.DTypeFor(_plain));
        Assert.Equal(torch.ScalarType.Float32, MachineInfo.DTypeFor(_plain with { Avx512F = true, Vnni = true }));
        Assert.Equal(torch.ScalarType.BFloat16, MachineInfo.DTypeFor(_plain with { Avx512Bf16 = true }));
        Assert.Equal(torch.ScalarType.BFloat16, MachineInfo.DTypeFor(_plain with { AmxBf16 = true }));
    }

    [Theory]
    [InlineData(8, 8, null, null, "all 8")]
    [InlineData(2, 64, 1.5, null, "2 of 64, by control-group quota 1.5")]
    [InlineData(2, 64, 32.0, null, "2 of 64, by affinity")]
    [InlineData(2, 64, null, null, "2 of 64, by affinity")]
    [InlineData(2, 64, null, "2", "2 of 64, by DOTNET_PROCESSOR_COUNT=2")]
    public void DescribeCores_Limit_SaysWhichOne(int usable, int online, double? quota, string? setting, string expected) =>
        Assert.Equal(expected, MachineInfo.DescribeCores(usable, online, quota, setting));
}
