using PeftSharp.Workflows.Runs;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Workflows.Runs;

public sealed class DTypeAdviceTests
{
    [Fact]
    public void For_ADTypeMuchSlowerThanTheBest_SaysBothRates()
    {
        string text = Assert.IsType<string>(DTypeAdvice.For(
            ScalarType.BFloat16, ScalarType.Float32, _ => [3.4e9, 65e9]));
        Assert.Equal(
            "dtype bfloat16 is slow on this machine: its products run at 3.4 GFLOP/s, those of float32 at 65 (19.1 times as fast). dtype: auto takes float32.",
            text);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.5)]
    [InlineData(0.5)]
    public void For_ADTypeHardlySlower_SaysNothing(double ratio) =>
        Assert.Null(DTypeAdvice.For(ScalarType.Float32, ScalarType.BFloat16, _ => [64e9, ratio * 64e9]));

    [Fact]
    public void For_ThePreferredDType_MeasuresNothing() =>
        Assert.Null(DTypeAdvice.For(ScalarType.Float32, ScalarType.Float32, _ => throw new InvalidOperationException()));

    [Fact]
    public void Rates_OfBothDTypes_AreThoseOfAProcessor() =>
        Assert.All(DTypeAdvice.Rates(ScalarType.Float32, ScalarType.BFloat16), rate => Assert.InRange(rate, 1e7, 1e15));
}
