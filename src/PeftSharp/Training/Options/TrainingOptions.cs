using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>
/// The settings of a training run. Names in files are those of HF's TrainingArguments, all in one flat section, and so
/// are the defaults; here they are grouped by what they are about.
/// </summary>
/// <example><code>
/// TrainingOptions options = new()
/// {
///     Optimizer = new() { LearningRate = 1e-3 },
///     Batches = new() { TrainSize = 16 },
///     Evaluation = new() { Strategy = IntervalStrategy.Epoch, LoadBestAtEnd = true, BestMetric = "accuracy" },
/// };
/// </code></example>
public sealed record TrainingOptions
{
    /// <summary>AdamW and clipping.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>The course of the learning rate.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Batch sizes and accumulation.</summary>
    public BatchOptions Batches { get; init; } = new();

    /// <summary>Epochs or steps.</summary>
    public DurationOptions Duration { get; init; } = new();

    /// <summary>Evaluations and the choice of the best weights.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Checkpoints and resuming.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>What is kept and what is computed again.</summary>
    public MemoryOptions Memory { get; init; } = new();

    /// <summary>Optimizer steps between entries of the log (<c>logging_steps</c>).</summary>
    public int LoggingSteps { get; init; } = 500;

    /// <summary>The seed of the order of the data and of dropout (<c>seed</c>).</summary>
    public long Seed { get; init; } = 42;

    /// <summary>
    /// That the frozen base computes in bfloat16 (<c>bf16</c>). The base is loaded so by the caller
    /// (<see cref="Models.BaseModelOptions.Dtype"/>); trainable weights and the optimizer's state are fp32 always.
    /// </summary>
    public bool Bf16 { get; init; }

    /// <summary>The share of the probability spread over all classes in the training loss (<c>label_smoothing_factor</c>).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Reads the flat section of a config; keys that nothing asks for stay in <see cref="JsonSettings.UnreadKeys"/>.</summary>
    /// <exception cref="PeftException">A value cannot be used; the message names its key.</exception>
    public static TrainingOptions Read(JsonSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        double seed = settings.Number("seed", 42);
        TrainingOptions options = new()
        {
            Optimizer = OptimizerOptions.Read(settings),
            Schedule = ScheduleOptions.Read(settings),
            Batches = BatchOptions.Read(settings),
            Duration = DurationOptions.Read(settings),
            Evaluation = EvaluationOptions.Read(settings),
            Checkpoints = CheckpointOptions.Read(settings),
            Memory = MemoryOptions.Read(settings),
            LoggingSteps = settings.Whole("logging_steps", 500, 1),
            Seed = double.IsInteger(seed) && Math.Abs(seed) < 1L << 53 ? (long)seed : throw settings.Wrong("seed", "a whole number"),
            Bf16 = settings.Flag("bf16", false),
            LabelSmoothing = settings.Probability("label_smoothing_factor", 0),
        };
        options.Validate();
        return options;
    }

    /// <summary>Checks every value and those that must fit each other.</summary>
    /// <exception cref="PeftException">A value cannot be used; the message names its key.</exception>
    public void Validate()
    {
        Optimizer.Validate();
        Schedule.Validate();
        Batches.Validate();
        Duration.Validate();
        Evaluation.Validate();
        Checkpoints.Validate();
        Memory.Validate();
        SettingsReads.Require(LoggingSteps > 0, "logging_steps", "above 0");
        SettingsReads.Require(LabelSmoothing is >= 0 and < 1, "label_smoothing_factor", "a number from 0 to below 1");
    }

    /// <summary>The steps between evaluations.</summary>
    internal int EvaluationSteps => Evaluation.Steps ?? LoggingSteps;
}
