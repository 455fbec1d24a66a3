using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Cli.Tests;

/// <summary>The command and its tests give no number to a TorchSharp call either.</summary>
public sealed class ScalarSourcesTests
{
    [Theory]
    [InlineData("peft.dll")]
    [InlineData("PeftSharp.Cli.Tests.dll")]
    public void Code_OfNumbersInTensorCalls_HasNone(string assembly) => Assert.Empty(NumbersInCalls.In(assembly));
}
