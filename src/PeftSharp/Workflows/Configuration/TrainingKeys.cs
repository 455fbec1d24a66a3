namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of <c>training:</c>, with the names and defaults of Hugging Face's TrainingArguments.</summary>
internal static class TrainingKeys
{
    private static readonly string[] _intervals = ["no", "steps", "epoch"];

    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Key("output_dir", ConfigKind.Text, "trainer_output", "folder of the run: config.yaml, checkpoint-*, adapter/, metrics.jsonl"),
        Key("learning_rate", ConfigKind.Number, "5e-05", "peak of the learning rate; LoRA likes 1e-4 to 3e-3"),
        Key("num_train_epochs", ConfigKind.Number, "3", "passes over the data"),
        Key("max_steps", ConfigKind.Integer, "-1", "optimizer steps; above 0 it decides instead of num_train_epochs"),
        Key("per_device_train_batch_size", ConfigKind.Integer, "8", "rows of a forward pass in training"),
        Key("per_device_eval_batch_size", ConfigKind.Integer, "8", "rows of a forward pass in evaluation"),
        Key("gradient_accumulation_steps", ConfigKind.Integer, "1", "forward passes of one optimizer step; equals one batch of all their rows"),
        Key("gradient_checkpointing", ConfigKind.Flag, "false", "keep only each layer's input and compute the layer again in the backward: less memory, about a third more time"),
        Key("cache_frozen_layers", ConfigKind.Flag, "false", "run the layers below all that is trained once for each example, not every epoch; see layers_to_transform"),
        Key("frozen_cache_mb", ConfigKind.Integer, null, "most MiB of memory for their hidden states; unset: a quarter of what there is"),
        Key("frozen_cache_dir", ConfigKind.Text, null, "folder of a temporary file for them where that is not enough; unset: only as many examples as fit"),
        Key("group_by_length", ConfigKind.Flag, "false", "put examples of like length together, which pads less"),
        Key("dataloader_drop_last", ConfigKind.Flag, "false", "leave out a smaller last batch of an epoch"),
        Key("bf16", ConfigKind.Flag, null, "compute in bfloat16 (trainable weights stay float32); unset: what dtype says"),
        Key("seed", ConfigKind.Integer, "42", "seed of the order of the data, of dropout and of fresh weights"),
        Key("lr_scheduler_type", ConfigKind.Choice, "linear", "course of the learning rate", ["linear", "cosine", "constant", "constant_with_warmup"]),
        Key("warmup_steps", ConfigKind.Number, "0", "steps of rising learning rate; below 1 a share of all steps"),
        Key("warmup_ratio", ConfigKind.Number, "0", "share of all steps, where warmup_steps is 0"),
        Key("optim", ConfigKind.Choice, "adamw", "optimizer; lorafa trains LoRA's B only, on a corrected gradient", ["adamw", "adamw_torch", "adamw_torch_fused", "lorafa"]),
        Key("loraplus_lr_ratio", ConfigKind.Number, null, "LoRA+: how many times faster LoRA's B learns than A, 16 or so; unset: as fast"),
        Key("loraplus_lr_embedding", ConfigKind.Number, "1e-06", "LoRA+: learning rate of LoRA on embeddings"),
        Key("weight_decay", ConfigKind.Number, "0", "AdamW's decay; none on biases and norms"),
        Key("adam_beta1", ConfigKind.Number, "0.9", "AdamW's β₁"),
        Key("adam_beta2", ConfigKind.Number, "0.999", "AdamW's β₂"),
        Key("adam_epsilon", ConfigKind.Number, "1e-08", "AdamW's ε"),
        Key("max_grad_norm", ConfigKind.Number, "1", "clip gradients to this norm; 0 does not"),
        Key("label_smoothing_factor", ConfigKind.Number, "0", "share of the probability spread over all classes"),
        Key("logging_steps", ConfigKind.Integer, "500", "steps between losses, shown and in metrics.jsonl"),
        Key("eval_strategy", ConfigKind.Choice, "no", "when to evaluate on data.eval", _intervals),
        Key("eval_steps", ConfigKind.Integer, null, "steps between evaluations; unset: logging_steps"),
        Key("save_strategy", ConfigKind.Choice, "steps", "when to write a checkpoint", _intervals),
        Key("save_steps", ConfigKind.Integer, "500", "steps between checkpoints"),
        Key("save_total_limit", ConfigKind.Integer, null, "checkpoints to keep; unset: all"),
        Key("load_best_model_at_end", ConfigKind.Flag, "false", "end with the weights of the best evaluation"),
        Key("metric_for_best_model", ConfigKind.Text, null, "which metric says so, such as accuracy; unset: loss"),
        Key("greater_is_better", ConfigKind.Flag, null, "whether more of it is better; unset: by its name"),
        Key("early_stopping_patience", ConfigKind.Integer, null, "stop after so many evaluations without a new best"),
        Key(ResumeFrom, ConfigKind.Free, null, "a checkpoint to go on from, or true for the last one in output_dir"),
    ];

    /// <summary>The one key that a resolved configuration does not repeat: run again, it begins anew.</summary>
    public const string ResumeFrom = "resume_from_checkpoint";

    private static ConfigKey Key(string name, ConfigKind kind, string? value, string help, IReadOnlyList<string>? choices = null) =>
        new(ConfigKeys.Training, name, kind, value, help, choices);
}
