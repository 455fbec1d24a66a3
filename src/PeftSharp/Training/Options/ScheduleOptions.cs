using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>How the learning rate goes after warming up (<c>lr_scheduler_type</c>).</summary>
public enum SchedulerType
{
    /// <summary>Down to 0 on a straight line (<c>linear</c>).</summary>
    Linear,

    /// <summary>Down to 0 on half a cosine wave (<c>cosine</c>).</summary>
    Cosine,

    /// <summary>The same throughout, without warm-up (<c>constant</c>).</summary>
    Constant,

    /// <summary>The same throughout after the warm-up (<c>constant_with_warmup</c>).</summary>
    ConstantWithWarmup,
}

/// <summary>The course of the learning rate; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record ScheduleOptions
{
    internal static readonly IReadOnlyList<(SchedulerType Value, string Name)> Names =
    [
        (SchedulerType.Linear, "linear"),
        (SchedulerType.Cosine, "cosine"),
        (SchedulerType.Constant, "constant"),
        (SchedulerType.ConstantWithWarmup, "constant_with_warmup"),
    ];

    /// <summary>The shape (<c>lr_scheduler_type</c>).</summary>
    public SchedulerType Type { get; init; } = SchedulerType.Linear;

    /// <summary>The steps of the linear rise from 0; below 1 it is a share of all steps (<c>warmup_steps</c>).</summary>
    public double WarmupSteps { get; init; }

    /// <summary>A share of all steps, used where <see cref="WarmupSteps"/> is 0 (<c>warmup_ratio</c>).</summary>
    public double WarmupRatio { get; init; }

    /// <summary>The whole steps of warm-up of a run of so many steps.</summary>
    public long WarmupOf(long totalSteps) => WarmupSteps switch
    {
        >= 1 => (long)WarmupSteps,
        > 0 => (long)Math.Ceiling(totalSteps * WarmupSteps),
        _ => (long)Math.Ceiling(totalSteps * WarmupRatio),
    };

    internal static ScheduleOptions Read(JsonSettings settings)
    {
        double ratio = settings.NotNegative("warmup_ratio", 0);
        return new()
        {
            Type = settings.Choice("lr_scheduler_type", SchedulerType.Linear, Names),
            WarmupSteps = settings.NotNegative("warmup_steps", 0),
            WarmupRatio = ratio <= 1 ? ratio : throw settings.Wrong("warmup_ratio", "a number from 0 to 1"),
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(
            WarmupSteps >= 0 && (WarmupSteps < 1 || double.IsInteger(WarmupSteps)), "warmup_steps",
            "a whole number, or a share of all steps below 1");
        SettingsReads.Require(WarmupRatio is >= 0 and <= 1, "warmup_ratio", "a number from 0 to 1");
    }
}
