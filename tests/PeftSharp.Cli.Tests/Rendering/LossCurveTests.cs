using PeftSharp.Cli.Rendering;
using Xunit;

namespace PeftSharp.Cli.Tests.Rendering;

public sealed class LossCurveTests
{
    [Fact]
    public void Draw_FallingLosses_FallsFromTheHighestBarToTheLowest()
    {
        LossCurve curve = new();
        for (int i = 0; i < 8; i++)
            curve.Add(8 - i);
        Assert.Equal("8.000 █▇▆▅▄▃▂▁ 1.000", curve.Draw());
    }

    [Fact]
    public void Draw_ManySteps_IsAsWideAsALineAndAveragesThem()
    {
        LossCurve curve = new();
        for (int i = 0; i < 4000; i++)
            curve.Add(i < 2000 ? 3 : 1);
        Assert.Equal($"3.000 {new string('█', 20)}{new string('▁', 20)} 1.000", curve.Draw());
    }

    [Fact]
    public void Draw_FewOrUndefinedLosses_DrawsNoLine()
    {
        LossCurve curve = new();
        curve.Add(1);
        curve.Add(double.NaN);
        curve.Add(2);
        Assert.Null(curve.Draw());
        curve.Add(2);
        Assert.NotNull(curve.Draw());
    }
}
