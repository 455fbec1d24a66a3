using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>What is allowed and yet probably not meant, said before the first step.</summary>
internal static class StartWarnings
{
    public static IEnumerable<string> Of(
        PeftModel model, TrainingData data, TrainingOptions options, TrainingPlan plan, TrainingState state, IReadOnlyList<long> strangers,
        IReadOnlyList<string> changes)
    {
        if (changes.Count > 0)
            yield return $"The run goes on with other settings than the checkpoint's: {string.Join("; ", changes)}.";
        foreach (string warning in model.Adapters.Values.SelectMany(adapter => adapter.Warnings))
            yield return warning;
        if (data.TruncatedRows > 0)
            yield return $"{data.TruncatedRows} examples were longer than max_length and were cut.";
        if (options.Batches.TrainSize > data.Train.Count)
            yield return $"per_device_train_batch_size is {options.Batches.TrainSize} and there are only {data.Train.Count} training examples.";
        if (options.Bf16 && model.Base.Dtype != ScalarType.BFloat16)
            yield return $"bf16 is true but the base model was loaded as {model.Base.Dtype}; it computes in that.";
        long warmup = options.Schedule.WarmupOf(plan.TotalSteps);
        if (options.Schedule.Type != SchedulerType.Constant && warmup >= plan.TotalSteps)
            yield return $"The warm-up of {warmup} steps is no shorter than the run of {plan.TotalSteps}: the learning rate never reaches its peak.";
        if (options.Evaluation.Strategy == IntervalStrategy.No && data.Evaluation is { Count: 0 })
            yield return "The evaluation set is empty.";
        if (state.Step == 0 && strangers.Count > 0)
            yield return $"{options.Checkpoints.OutputDirectory} has checkpoints of an earlier run (the last at step {strangers[^1]}); this run starts anew. Set resume_from_checkpoint to go on from there.";
    }
}
