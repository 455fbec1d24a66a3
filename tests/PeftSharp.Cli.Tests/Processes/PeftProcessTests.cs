using PeftSharp.Cli.Processes;
using Xunit;

namespace PeftSharp.Cli.Tests.Processes;

public sealed class PeftProcessTests
{
    [Fact]
    public void Run_Verb_GivesItsOutputAndExitCode()
    {
        PeftProcess process = PeftProcess.Run(["--version"], _ => { }, CancellationToken.None);
        Assert.Equal(0, process.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\s*$", process.Output);
    }

    [Fact]
    public void Run_VerbThatFails_TellsLinesAsTheyComeAndTheReason()
    {
        List<string> lines = [];
        PeftProcess process = PeftProcess.Run(["inspect", "no such folder"], lines.Add, CancellationToken.None);
        Assert.Equal(1, process.ExitCode);
        Assert.Equal(lines, process.Errors);
        Assert.Equal("error: " + process.Reason(), lines[^1]);
        Assert.Contains("no such folder", process.Reason(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, new[] { "error: first", "error: second", "stack" }, "second")]
    [InlineData(137, new[] { "step 3" }, "its process was killed (exit code 137), most likely because memory ran out: step 3")]
    [InlineData(139, new string[0], "its process crashed (exit code 139).")]
    [InlineData(3, new string[0], "its process ended with exit code 3.")]
    public void Reason_OfAnEnd_IsOneLine(int exit, string[] errors, string reason) => Assert.Equal(reason, new PeftProcess(exit, "", errors).Reason());
}
