using PeftSharp.Tensors;
using PeftSharp.Tests.Tensors;
using Xunit;

namespace PeftSharp.Tests;

/// <summary>The kernels, and parity with the references, once more on processors that have less than this one.</summary>
[Collection(nameof(Alone))]
public sealed class EveryProcessorTests
{
    private const string Kernels = "PeftSharp.Tests.Kernels.*";

    /// <summary>.NET, oneDNN, libtorch and MKL each choose instructions for themselves.</summary>
    private static readonly Dictionary<string, string> _avx2 = new()
    {
        ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVX512F"] = "0", ["ONEDNN_MAX_CPU_ISA"] = "AVX2", ["ATEN_CPU_CAPABILITY"] = "avx2", ["MKL_ENABLE_INSTRUCTIONS"] = "AVX2",
        [ReducedProcessor.Variable] = "AVX2",
    };

    private static readonly Dictionary<string, string> _plain = new() { ["DOTNET_EnableHWIntrinsic"] = "0", [ReducedProcessor.Variable] = "" };

    [Fact]
    public void Tests_AsOnAMachineWithAvx2_Pass()
    {
        Assert.SkipUnless(CpuFeatures.Current.Avx2, "This processor has no AVX2.");
        (int passed, string[] skips) = TestProcess.Run(_avx2, Kernels, ReducedProcessor.Name, "PeftSharp.Tests.Parity.*");
        Assert.InRange(passed, 250, int.MaxValue);
        Assert.All(skips, reason => Assert.Contains("AVX512_BF16", reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Kernels_WithoutIntrinsics_Pass()
    {
        (int passed, string[] skips) = TestProcess.Run(_plain, Kernels, ReducedProcessor.Name);
        Assert.InRange(passed, 150, int.MaxValue);
        Assert.All(skips, reason => Assert.Contains("AVX512_BF16", reason, StringComparison.Ordinal));
    }
}

/// <summary>The process of a test has the instruction sets that <see cref="EveryProcessorTests"/> left it, and nothing more; else the processor's.</summary>
public sealed class ReducedProcessor
{
    public const string Variable = "PEFTSHARP_TESTS_PROCESSOR";

    public static string Name => typeof(ReducedProcessor).FullName!;

    [Fact]
    public void InstructionSets_InThisProcess_AreThoseItWasLeft()
    {
        IEnumerable<string> names = CpuFeatures.Current.Names;
        if (Environment.GetEnvironmentVariable(Variable) is { } left)
            // 8-bit products of AVX-VNNI belong to AVX2's width and have no switch.
            Assert.Equal(left.Split(',', StringSplitOptions.RemoveEmptyEntries), names.Where(name => name != "VNNI"));
        else
            Assert.Equal(System.Runtime.Intrinsics.X86.Avx2.IsSupported, names.Contains("AVX2"));
    }
}
