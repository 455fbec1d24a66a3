using PeftSharp.Training;

namespace PeftSharp.Tests.Training;

/// <summary>Settings of short runs.</summary>
internal static class Runs
{
    /// <summary>No files, no evaluation, constant learning rate.</summary>
    public static TrainingOptions Short(int steps, double learningRate = 5e-3) => new()
    {
        Optimizer = new() { LearningRate = learningRate },
        Schedule = new() { Type = SchedulerType.Constant },
        Duration = new() { MaxSteps = steps },
        Checkpoints = new() { Strategy = IntervalStrategy.No },
        LoggingSteps = 1,
    };

    /// <summary>As <see cref="Short"/>, with checkpoints.</summary>
    public static TrainingOptions Saving(string folder, int steps, int every, int? limit = null, string? resume = null) => Short(steps) with
    {
        Schedule = new() { Type = SchedulerType.Linear, WarmupSteps = 2 },
        Checkpoints = new()
        {
            OutputDirectory = folder, Strategy = IntervalStrategy.Steps, Steps = every, TotalLimit = limit, ResumeFrom = resume,
        },
    };
}
