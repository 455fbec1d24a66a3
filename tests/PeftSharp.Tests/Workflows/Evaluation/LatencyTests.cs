using PeftSharp.Workflows.Evaluation;
using Xunit;

namespace PeftSharp.Tests.Workflows.Evaluation;

public sealed class LatencyTests
{
    [Theory]
    // numpy.quantile(values, [0.5, 0.95])
    [InlineData(new[] { 7.0 }, 7, 7)]
    [InlineData(new[] { 3.0, 1, 2 }, 2, 2.9)]
    [InlineData(new[] { 4.0, 1, 3, 2 }, 2.5, 3.85)]
    [InlineData(new[] { 10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210 }, 110, 200)]
    public void Of_Times_GivesMedianAnd95thPercentile(double[] times, double median, double p95)
    {
        Latency latency = Latency.Of(times);
        Assert.Equal(times.Length, latency.Requests);
        Assert.Equal(median, latency.MedianMs, 1e-9);
        Assert.Equal(p95, latency.P95Ms, 1e-9);
    }

    [Fact]
    public void Of_Nothing_IsRefused() => Assert.Throws<ArgumentException>(() => Latency.Of([]));
}
