using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

public sealed class GradientSetTests
{
    [Theory]
    [InlineData(1, 0.0, 5, 1.0)]
    [InlineData(1, 10.0, 5, 1.0)]
    [InlineData(1, 1.0, 5, 1 / 5.000001)]
    [InlineData(2, 0.0, 2.5, 0.5)]
    [InlineData(2, 1.0, 2.5, 0.5 / 2.500001)]
    public void NormaliseAndClip_ThreeAndFour_GivesNormAndFactor(long count, double max, double norm, double factor)
    {
        using var scope = NewDisposeScope();
        Tensor[] values = [tensor(new[] { 3f, 0f }), tensor(new[] { -4f }).reshape(1, 1)];
        Assert.Equal(norm, new GradientSet([0, 1], values).NormaliseAndClip(count, max), 6);
        Assert.Equal(3 * factor, values[0][0].item<float>(), 6);
        Assert.Equal(-4 * factor, values[1].item<float>(), 6);
    }

    [Fact]
    public void NormaliseAndClip_NotANumber_IsTheNorm()
    {
        using var scope = NewDisposeScope();
        Assert.True(double.IsNaN(new GradientSet([0], [tensor(new[] { float.NaN })]).NormaliseAndClip(1, 1)));
        Assert.True(double.IsInfinity(new GradientSet([0], [tensor(new[] { float.PositiveInfinity })]).NormaliseAndClip(1, 1)));
    }

    [Fact]
    public void NormaliseAndClip_NoGradients_IsZero() => Assert.Equal(0, new GradientSet([], []).NormaliseAndClip(1, 1));
}
