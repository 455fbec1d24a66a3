using System.Runtime.InteropServices;
using PeftSharp.Kernels;
using PeftSharp.Tensors.Native;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

public sealed class NativeLoaderTests
{
    [Fact]
    public void EnsureLoaded_OnThisMachine_TorchComputes()
    {
        NativeLoader.EnsureLoaded();
        using torch.Tensor a = torch.ones(3, 4), b = torch.ones(4, 5), c = a.mm(b), sum = c.sum();
        Assert.Equal(60f, sum.item<float>());
    }

    [Fact]
    public void EnsureLoaded_EightThreads_AllCompute()
    {
        float[] sums = new float[8];
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            NativeLoader.EnsureLoaded();
            using torch.Tensor x = ScalarMath.Full([10], i), s = x.sum();
            sums[i] = s.item<float>();
        });
        Assert.Equal(Enumerable.Range(0, 8).Select(i => 10f * i), sums);
    }

    [Fact]
    public void EnsureLoaded_WithoutOmpNumThreads_UsesTheCoresOfTheProcess()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 }, "OMP_NUM_THREADS is set");
        NativeLoader.EnsureLoaded();
        Assert.Equal(Environment.ProcessorCount, LoadTorch.ThreadsOnceLoaded);
    }

    [Theory]
    [InlineData("linux-musl-x64", Architecture.X64, null, "musl")]
    [InlineData("alpine.3.20-x64", Architecture.X64, null, "glibc")]
    [InlineData("linux-arm64", Architecture.Arm64, "2.36", "Arm64")]
    [InlineData("linux-x64", Architecture.X64, "2.31", "2.31")]
    [InlineData("osx-x64", Architecture.X64, null, "macOS")]
    [InlineData("win-x86", Architecture.X86, null, "Windows")]
    public void Unsupported_PlatformWithoutLibTorch_SaysWhy(string rid, Architecture architecture, string? glibc, string expected) =>
        Assert.Contains(expected, NativeLoader.Unsupported(rid, architecture, glibc is null ? null : Version.Parse(glibc)), StringComparison.Ordinal);

    [Theory]
    [InlineData("debian.12-x64", Architecture.X64, "2.36")]
    [InlineData("ubuntu.22.04-x64", Architecture.X64, "2.35")]
    [InlineData("linux-x64", Architecture.X64, "2.34")]
    [InlineData("win-x64", Architecture.X64, null)]
    [InlineData("win-arm64", Architecture.Arm64, null)]
    [InlineData("osx-arm64", Architecture.Arm64, null)]
    public void Unsupported_PlatformWithLibTorch_IsNull(string rid, Architecture architecture, string? glibc) =>
        Assert.Null(NativeLoader.Unsupported(rid, architecture, glibc is null ? null : Version.Parse(glibc)));
}
