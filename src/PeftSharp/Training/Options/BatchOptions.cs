using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>How examples become batches; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record BatchOptions
{
    /// <summary>Rows of a forward pass in training (<c>per_device_train_batch_size</c>).</summary>
    public int TrainSize { get; init; } = 8;

    /// <summary>Rows of a forward pass in evaluation (<c>per_device_eval_batch_size</c>).</summary>
    public int EvaluationSize { get; init; } = 8;

    /// <summary>
    /// Forward and backward passes of one optimizer step (<c>gradient_accumulation_steps</c>). The gradient is exactly
    /// that of one batch of all their rows: it is divided by the count of all their labels.
    /// </summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Put examples of like length together, which pads less (<c>group_by_length</c>).</summary>
    public bool GroupByLength { get; init; }

    /// <summary>Leave out the last batch of an epoch if it is smaller than the others (<c>dataloader_drop_last</c>).</summary>
    public bool DropLast { get; init; }

    internal static BatchOptions Read(JsonSettings settings)
    {
        BatchOptions fallback = new();
        return new()
        {
            TrainSize = settings.Whole("per_device_train_batch_size", fallback.TrainSize, 1),
            EvaluationSize = settings.Whole("per_device_eval_batch_size", fallback.EvaluationSize, 1),
            Accumulation = settings.Whole("gradient_accumulation_steps", fallback.Accumulation, 1),
            GroupByLength = settings.Flag("group_by_length", fallback.GroupByLength),
            DropLast = settings.Flag("dataloader_drop_last", fallback.DropLast),
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(TrainSize > 0, "per_device_train_batch_size", "above 0");
        SettingsReads.Require(EvaluationSize > 0, "per_device_eval_batch_size", "above 0");
        SettingsReads.Require(Accumulation > 0, "gradient_accumulation_steps", "above 0");
    }
}
