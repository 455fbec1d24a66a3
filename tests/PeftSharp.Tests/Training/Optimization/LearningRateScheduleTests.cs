using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

public sealed class LearningRateScheduleTests
{
    // Worked out by hand from get_linear_schedule_with_warmup, get_cosine_schedule_with_warmup and the constant ones.
    [Theory]
    [InlineData(SchedulerType.Linear, 0, 0, 1.0)]
    [InlineData(SchedulerType.Linear, 0, 5, 0.5)]
    [InlineData(SchedulerType.Linear, 0, 9, 0.1)]
    [InlineData(SchedulerType.Linear, 0, 10, 0.0)]
    [InlineData(SchedulerType.Linear, 0, 12, 0.0)]
    [InlineData(SchedulerType.Linear, 4, 0, 0.0)]
    [InlineData(SchedulerType.Linear, 4, 3, 0.75)]
    [InlineData(SchedulerType.Linear, 4, 4, 1.0)]
    [InlineData(SchedulerType.Linear, 4, 7, 0.5)]
    [InlineData(SchedulerType.Linear, 0.2, 1, 0.5)]
    [InlineData(SchedulerType.Linear, 0.2, 6, 0.5)]
    [InlineData(SchedulerType.Cosine, 0, 0, 1.0)]
    [InlineData(SchedulerType.Cosine, 0, 5, 0.5)]
    [InlineData(SchedulerType.Cosine, 0, 10, 0.0)]
    [InlineData(SchedulerType.Cosine, 2, 1, 0.5)]
    [InlineData(SchedulerType.Cosine, 2, 4, 0.85355339059327373)]
    [InlineData(SchedulerType.Constant, 4, 0, 1.0)]
    [InlineData(SchedulerType.Constant, 4, 9, 1.0)]
    [InlineData(SchedulerType.ConstantWithWarmup, 4, 0, 0.0)]
    [InlineData(SchedulerType.ConstantWithWarmup, 4, 1, 0.25)]
    [InlineData(SchedulerType.ConstantWithWarmup, 4, 9, 1.0)]
    public void Factor_OfTenSteps_IsTransformers(SchedulerType type, double warmup, long done, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule(new() { Type = type, WarmupSteps = warmup }, 10).Factor(done), 12);

    [Theory]
    [InlineData(0, 0.1, 25, 3)]
    [InlineData(0.1, 0, 25, 3)]
    [InlineData(6, 0.1, 25, 6)]
    [InlineData(0, 0, 25, 0)]
    public void WarmupOf_StepsOrShare_IsRoundedUp(double steps, double ratio, long total, long expected) =>
        Assert.Equal(expected, new ScheduleOptions { WarmupSteps = steps, WarmupRatio = ratio }.WarmupOf(total));
}
