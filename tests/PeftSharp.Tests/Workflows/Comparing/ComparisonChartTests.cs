using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using PeftSharp.Workflows.Comparing;
using Xunit;

namespace PeftSharp.Tests.Workflows.Comparing;

public sealed class ComparisonChartTests : IDisposable
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    private readonly TinyComparison _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Draw_Variants_GivesALabelledPointEachWithinTheChart()
    {
        XElement svg = Draw((1_000, 0.5), (100_000, 0.8), (22_000_000, 0.9));
        (double X, double Y)[] points = [.. svg.Elements(_svg + "circle").Select(circle => (Number(circle, "cx"), Number(circle, "cy")))];
        Assert.Equal(3, points.Length);
        Assert.All(points, point => Assert.True(point is { X: > 70 and < 740, Y: > 50 and < 400 }, $"{point} is outside"));
        // More parameters to the right, a higher score higher up.
        Assert.Equal(points.Select(point => point.X).Order(), points.Select(point => point.X));
        Assert.Equal(points.Select(point => point.Y).OrderDescending(), points.Select(point => point.Y));
        // Equal factors are equal distances: 1,000 to 100,000 is two decades.
        Assert.Equal(2 / Math.Log10(220), (points[1].X - points[0].X) / (points[2].X - points[1].X), 0.01);
        Assert.All(["v0", "v1", "v2"], name => Assert.Contains(svg.Elements(_svg + "text"), text => text.Value == name));
    }

    [Fact]
    public void Draw_NamesWithMarkup_StayText()
    {
        const string Name = "<script>alert('&')</script> (IA)³";
        XElement svg = XElement.Parse(ComparisonChart.Draw(Of((Name, 10, 0.5))));
        Assert.Contains(svg.Elements(_svg + "text"), text => text.Value == Name);
        Assert.Empty(svg.Descendants(_svg + "script"));
    }

    [Fact]
    public void Draw_EqualPoints_StillHasLabelsApart()
    {
        XElement svg = Draw((5_000, 0.5), (5_000, 0.5), (5_000, 0.5));
        Assert.Equal(3, svg.Elements(_svg + "text").Where(text => text.Value.StartsWith('v')).Select(text => (Number(text, "x"), Number(text, "y"))).Distinct().Count());
    }

    [Fact]
    public void Draw_ScoreThatIsNotDefined_IsNamedBelowTheChart()
    {
        XElement svg = XElement.Parse(ComparisonChart.Draw(Of(("fine", 10, 0.5), ("lost", 10, double.NaN))));
        Assert.Single(svg.Elements(_svg + "circle"));
        Assert.Contains(svg.Elements(_svg + "text"), text => text.Value == "without a score: lost");
    }

    [Fact]
    public void Draw_Nothing_IsStillAChart() => Assert.Empty(XElement.Parse(ComparisonChart.Draw(Of())).Elements(_svg + "circle"));

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0, 0)]
    [InlineData(-0.3, 0.9)]
    [InlineData(12.5, 98_000)]
    [InlineData(0.87401, 0.87402)]
    public void Scale_OfSteps_HoldsTheValuesBetweenRoundNumbers(double low, double high)
    {
        ChartScale scale = ChartScale.OfSteps([low, high]);
        Assert.InRange(scale.Place(low), 0.01, 0.99);
        Assert.InRange(scale.Place(high), scale.Place(low), 0.99);
        Assert.InRange(scale.Ticks.Count, 3, 12);
        // What is written is what is there, and no two are the same.
        Assert.All(scale.Ticks, tick => Assert.Equal(tick.Value, double.Parse(tick.Text, CultureInfo.InvariantCulture), 1e-9));
        Assert.Equal(scale.Ticks.Count, scale.Ticks.Select(tick => tick.Text).Distinct().Count());
    }

    [Theory]
    [InlineData(new[] { 74_883.0 }, new[] { "10k", "100k" })]
    [InlineData(new[] { 1.0 }, new[] { "1", "10" })]
    [InlineData(new[] { 3_840.0, 22_713_216 }, new[] { "1k", "10k", "100k", "1M", "10M", "100M" })]
    [InlineData(new[] { 1e9, 7e9 }, new[] { "1B", "10B" })]
    public void Scale_OfPowers_WritesThemShort(double[] values, string[] ticks) =>
        Assert.Equal(ticks, ChartScale.OfPowers(values).Ticks.Select(tick => tick.Text));

    private XElement Draw(params (long Count, double Score)[] points) =>
        XElement.Parse(ComparisonChart.Draw(Of([.. points.Select((point, i) => ($"v{i}", point.Count, point.Score))])));

    private Comparison Of(params (string Name, long Count, double Score)[] points)
    {
        ComparisonVariant variant = _tiny.Methods("LORA").Variants[0];
        return new()
        {
            Folder = _tiny.Output,
            Model = "model",
            File = "test & more.csv",
            Asked = points.Length,
            Metric = "accuracy",
            Results =
            [
                .. points.Select(point => new VariantResult(
                    variant with { Name = point.Name, Settings = new JsonObject() }, FakeRunner.Measures(1, accuracy: point.Score) with { TrainableParameters = point.Count })),
            ],
        };
    }

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
