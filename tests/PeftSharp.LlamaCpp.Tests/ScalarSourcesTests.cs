using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>The tests against llama.cpp give no number to a TorchSharp call either.</summary>
public sealed class ScalarSourcesTests
{
    [Fact]
    public void Code_OfNumbersInTensorCalls_HasNone() => Assert.Empty(NumbersInCalls.In("PeftSharp.LlamaCpp.Tests.dll"));
}
