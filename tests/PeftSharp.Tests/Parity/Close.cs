using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>Comparison of tensors relative to the largest expected value, or to what rounding can do at all.</summary>
internal static class Close
{
    public static void Relative(Tensor expected, Tensor actual, double tolerance, string what, double rounding = 0)
    {
        using var scope = NewDisposeScope();
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{what}: [{string.Join(", ", actual.shape)}] is not [{string.Join(", ", expected.shape)}]");
        Tensor wanted = expected.to(ScalarType.Float64);
        double scale = wanted.abs().max().item<double>();
        double difference = wanted.sub(actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= Math.Max(tolerance * scale, rounding), $"{what}: differs by {difference:g3}, {difference / scale:g3} of the largest value {scale:g3}; allowed is {tolerance:g1}");
    }
}
