using System.Diagnostics;
using PeftSharp.IO;
using PeftSharp.Tensors.Native;
using Xunit;

namespace PeftSharp.Tests.Tensors;

public sealed class NativeFailureTests
{
    [Theory]
    [InlineData("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.\nframe #0", "there is not enough memory")]
    [InlineData("std::bad_alloc", "there is not enough memory")]
    [InlineData("mat1 and mat2 shapes cannot be multiplied\nframe #0: 0x1", "libtorch: mat1 and mat2 shapes cannot be multiplied (")]
    public void Line_OfWhatLibtorchSaid_IsOneLine(string said, string expected)
    {
        string line = NativeFailure.Line(said);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void SayInOneLine_InAProcessThatLibtorchEnds_SaysItAndExitsWithOne()
    {
        if (LibC.Version is null)
            return;
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "PeftSharp.TrainingProcess.dll"), "fail"]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("shapes cannot be multiplied", Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
