namespace PeftSharp.Workflows.Configuration;

/// <summary>Other names of keys: those of transformers' own scripts and those that people type by habit.</summary>
internal static class KeyAliases
{
    private static readonly Dictionary<string, string[]> _ofKey = new(StringComparer.Ordinal)
    {
        ["model"] = ["model_name_or_path", "model_name"],
        ["dtype"] = ["torch_dtype"],
        ["peft.peft_type"] = ["method", "peft_method"],
        ["peft.r"] = ["lora_r", "lora_rank", "rank"],
        ["peft.target_modules"] = ["lora_target_modules"],
        ["data.train"] = ["train_file", "train_data"],
        ["data.eval"] = ["validation_file", "eval_file"],
        ["data.test"] = ["test_file"],
        ["data.text"] = ["text_column", "text_column_name"],
        ["data.label"] = ["label_column", "label_column_name"],
        ["data.labels"] = ["label_names"],
        ["data.max_length"] = ["max_seq_length", "max_seq_len", "block_size", "cutoff_len"],
        ["training.learning_rate"] = ["lr"],
        ["training.num_train_epochs"] = ["epochs", "num_epochs"],
        ["training.per_device_train_batch_size"] = ["train_batch_size"],
        ["training.per_device_eval_batch_size"] = ["eval_batch_size"],
        ["training.eval_strategy"] = ["evaluation_strategy"],
    };

    /// <summary>The other names of a key, by its full name.</summary>
    public static IReadOnlyList<string> Of(string fullName) => _ofKey.GetValueOrDefault(fullName) ?? [];
}
