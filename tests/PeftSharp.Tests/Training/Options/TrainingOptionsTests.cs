using PeftSharp.IO;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void Read_EmptySection_GivesTheDefaultsOfTransformers()
    {
        TrainingOptions options = Read("{}");
        Assert.Equal(new TrainingOptions(), options);
        Assert.Equal(5e-5, options.Optimizer.LearningRate);
        Assert.Equal(0, options.Optimizer.WeightDecay);
        Assert.Equal(0.9, options.Optimizer.AdamBeta1);
        Assert.Equal(0.999, options.Optimizer.AdamBeta2);
        Assert.Equal(1e-8, options.Optimizer.AdamEpsilon);
        Assert.Equal(1, options.Optimizer.MaxGradNorm);
        Assert.Equal(SchedulerType.Linear, options.Schedule.Type);
        Assert.Equal(0, options.Schedule.WarmupSteps);
        Assert.Equal(8, options.Batches.TrainSize);
        Assert.Equal(8, options.Batches.EvaluationSize);
        Assert.Equal(1, options.Batches.Accumulation);
        Assert.Equal(3, options.Duration.Epochs);
        Assert.Equal(-1, options.Duration.MaxSteps);
        Assert.Equal(IntervalStrategy.No, options.Evaluation.Strategy);
        Assert.Equal(IntervalStrategy.Steps, options.Checkpoints.Strategy);
        Assert.Equal(500, options.Checkpoints.Steps);
        Assert.Null(options.Checkpoints.TotalLimit);
        Assert.Equal(500, options.LoggingSteps);
        Assert.Equal(42, options.Seed);
    }

    [Fact]
    public void Read_EveryKey_IsTakenUp()
    {
        JsonSettings settings = JsonSettings.Parse("""
            {"learning_rate": 1e-3, "weight_decay": 0.1, "adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-6, "max_grad_norm": 0, "optim": "adamw_torch",
             "lr_scheduler_type": "cosine", "warmup_steps": 7, "warmup_ratio": 0.2, "per_device_train_batch_size": 3, "per_device_eval_batch_size": 5,
             "gradient_accumulation_steps": 2, "group_by_length": true, "dataloader_drop_last": true, "num_train_epochs": 1.5, "max_steps": 9,
             "eval_strategy": "steps", "eval_steps": 4, "metric_for_best_model": "eval_accuracy", "greater_is_better": true, "load_best_model_at_end": true,
             "early_stopping_patience": 2, "output_dir": "out", "save_strategy": "epoch", "save_steps": 6, "save_total_limit": 2, "resume_from_checkpoint": true,
             "logging_steps": 11, "seed": 1, "bf16": true, "label_smoothing_factor": 0.1, "gradient_checkpointing": true,
             "cache_frozen_layers": true, "frozen_cache_mb": 7, "frozen_cache_dir": "there"}
            """, "training");
        TrainingOptions options = TrainingOptions.Read(settings);
        Assert.Empty(settings.UnreadKeys);
        Assert.Equal(new OptimizerOptions { LearningRate = 1e-3, WeightDecay = 0.1, AdamBeta1 = 0.8, AdamBeta2 = 0.95, AdamEpsilon = 1e-6, MaxGradNorm = 0 }, options.Optimizer);
        Assert.Equal(new ScheduleOptions { Type = SchedulerType.Cosine, WarmupSteps = 7, WarmupRatio = 0.2 }, options.Schedule);
        Assert.Equal(new BatchOptions { TrainSize = 3, EvaluationSize = 5, Accumulation = 2, GroupByLength = true, DropLast = true }, options.Batches);
        Assert.Equal(new DurationOptions { Epochs = 1.5, MaxSteps = 9 }, options.Duration);
        Assert.Equal(
            new EvaluationOptions { Strategy = IntervalStrategy.Steps, Steps = 4, BestMetric = "eval_accuracy", GreaterIsBetter = true, LoadBestAtEnd = true, Patience = 2 },
            options.Evaluation);
        Assert.Equal(
            new CheckpointOptions { OutputDirectory = "out", Strategy = IntervalStrategy.Epoch, Steps = 6, TotalLimit = 2, ResumeFrom = CheckpointOptions.Latest },
            options.Checkpoints);
        Assert.Equal((11, 1L, true, 0.1), (options.LoggingSteps, options.Seed, options.Bf16, options.LabelSmoothing));
        Assert.Equal(new MemoryOptions { GradientCheckpointing = true, CacheFrozenLayers = true, CacheMegabytes = 7, CacheFolder = "there" }, options.Memory);
    }

    [Fact]
    public void Read_UnknownKey_StaysUnread()
    {
        JsonSettings settings = JsonSettings.Parse("""{"learning_rat": 1}""", "training");
        TrainingOptions.Read(settings);
        Assert.Equal(["learning_rat"], settings.UnreadKeys);
    }

    [Fact]
    public void Read_BareNoOfYaml_MeansNever()
    {
        TrainingOptions options = Read("""{"save_strategy": false, "eval_strategy": "no", "resume_from_checkpoint": false}""");
        Assert.Equal(IntervalStrategy.No, options.Checkpoints.Strategy);
        Assert.Equal(IntervalStrategy.No, options.Evaluation.Strategy);
        Assert.Null(options.Checkpoints.ResumeFrom);
    }

    [Theory]
    [InlineData("""{"learning_rate": -1}""", "learning_rate")]
    [InlineData("""{"learning_rate": "fast"}""", "learning_rate")]
    [InlineData("""{"weight_decay": -0.1}""", "weight_decay")]
    [InlineData("""{"adam_beta1": 1}""", "adam_beta1")]
    [InlineData("""{"adam_beta2": -1}""", "adam_beta2")]
    [InlineData("""{"adam_epsilon": -1}""", "adam_epsilon")]
    [InlineData("""{"max_grad_norm": -1}""", "max_grad_norm")]
    [InlineData("""{"optim": "sgd"}""", "optim")]
    [InlineData("""{"lr_scheduler_type": "linar"}""", "linear")]
    [InlineData("""{"warmup_steps": -1}""", "warmup_steps")]
    [InlineData("""{"warmup_steps": 1.5}""", "warmup_steps")]
    [InlineData("""{"warmup_ratio": 1.5}""", "warmup_ratio")]
    [InlineData("""{"per_device_train_batch_size": 0}""", "per_device_train_batch_size")]
    [InlineData("""{"per_device_eval_batch_size": 1.5}""", "per_device_eval_batch_size")]
    [InlineData("""{"gradient_accumulation_steps": 0}""", "gradient_accumulation_steps")]
    [InlineData("""{"num_train_epochs": 0}""", "num_train_epochs")]
    [InlineData("""{"num_train_epochs": 1e300}""", "num_train_epochs")]
    [InlineData("""{"max_steps": -2}""", "max_steps")]
    [InlineData("""{"eval_strategy": "epochs"}""", "epoch")]
    [InlineData("""{"eval_steps": 0}""", "eval_steps")]
    [InlineData("""{"load_best_model_at_end": true}""", "load_best_model_at_end")]
    [InlineData("""{"early_stopping_patience": 3}""", "early_stopping_patience")]
    [InlineData("""{"output_dir": " "}""", "output_dir")]
    [InlineData("""{"save_steps": 0}""", "save_steps")]
    [InlineData("""{"save_total_limit": 0}""", "save_total_limit")]
    [InlineData("""{"resume_from_checkpoint": 3}""", "resume_from_checkpoint")]
    [InlineData("""{"logging_steps": 0}""", "logging_steps")]
    [InlineData("""{"seed": 0.5}""", "seed")]
    [InlineData("""{"bf16": "yes"}""", "bf16")]
    [InlineData("""{"label_smoothing_factor": 1}""", "label_smoothing_factor")]
    [InlineData("""{"gradient_checkpointing": "yes"}""", "gradient_checkpointing")]
    [InlineData("""{"frozen_cache_mb": 0}""", "frozen_cache_mb")]
    [InlineData("""{"frozen_cache_dir": " "}""", "frozen_cache_dir")]
    public void Read_ValueThatCannotBeUsed_IsAnErrorThatNamesIt(string json, string named) =>
        Assert.Contains(named, Assert.Throws<PeftException>(() => Read(json)).Message, StringComparison.Ordinal);

    private static TrainingOptions Read(string json) => TrainingOptions.Read(JsonSettings.Parse(json, "training"));
}
