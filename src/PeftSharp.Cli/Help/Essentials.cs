namespace PeftSharp.Cli.Help;

/// <summary>The keys of the first screen of help: those that most runs set.</summary>
internal static class Essentials
{
    /// <summary>Their full names, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "model", "task",
        "data.train", "data.eval", "data.test", "data.text", "data.label", "data.max_length",
        "peft.peft_type", "peft.r", "peft.lora_alpha", "peft.lora_dropout", "peft.target_modules",
        "training.output_dir", "training.learning_rate", "training.num_train_epochs", "training.per_device_train_batch_size",
        "training.gradient_accumulation_steps", "training.eval_strategy", "training.logging_steps", "training.resume_from_checkpoint",
    ];
}
