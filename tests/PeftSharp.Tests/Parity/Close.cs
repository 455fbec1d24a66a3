using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>Comparison of tensors relative to the largest expected value, or to what rounding can do at all.</summary>
internal static class Close
{
    /// <summary>Two safetensors files hold the same tensors, whatever their order and metadata.</summary>
    public static void SameTensors(string expectedFile, string actualFile)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(expectedFile);
        using SafetensorsFile actual = SafetensorsFile.Open(actualFile);
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        foreach (string name in expected.Names)
        {
            using Tensor wanted = expected.Load(name), found = actual.Load(name);
            Assert.Equal(wanted.dtype, found.dtype);
            Assert.Equal(wanted.shape, found.shape);
            Assert.True(wanted.Equals(found), $"{name} has other values");
        }
    }

    public static void Relative(Tensor expected, Tensor actual, double tolerance, string what, double rounding = 0)
    {
        using var scope = NewDisposeScope();
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{what}: [{string.Join(", ", actual.shape)}] is not [{string.Join(", ", expected.shape)}]");
        Tensor wanted = expected.to(ScalarType.Float64);
        double scale = wanted.abs().max().item<double>();
        double difference = wanted.sub(actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= Math.Max(tolerance * scale, rounding), $"{what}: differs by {difference:g3}, {difference / scale:g3} of the largest value {scale:g3}; allowed is {tolerance:g1}{(rounding > 0 ? $", or {rounding:g3}" : "")}");
    }
}
