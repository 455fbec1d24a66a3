using PeftSharp.Cli.Help;

namespace PeftSharp.Cli.Options;

/// <summary>
/// Options that people type because other tools have them: what is always so here is taken with a note, the rest is
/// answered with what it is called here.
/// </summary>
internal static class Habits
{
    private const string Files = "data sets are files here: --train FILE, --eval FILE, --test FILE";

    /// <summary>Options of transformers' training scripts that change nothing here, where they are on.</summary>
    private static readonly Dictionary<string, string> _notNeeded = new(StringComparer.Ordinal)
    {
        ["--do_train"] = "peft train always trains",
        ["--overwrite_output_dir"] = "a run always begins anew in its output_dir, unless --resume_from_checkpoint is given",
        ["--use_peft"] = "peft train always trains an adapter, unless --peft_type FULL is given",
        ["--save_safetensors"] = "adapters are always safetensors",
    };

    private static readonly Dictionary<string, string> _answers = new(StringComparer.Ordinal)
    {
        ["--do_eval"] = "to evaluate while training give --eval FILE and --eval_strategy epoch (or steps); afterwards, peft evaluate RUN",
        ["--do_predict"] = "--test FILE is scored at the end of training; peft predict RUN --file FILE writes predictions",
        ["--fp16"] = "nothing is computed in float16 here, which is slow on processors; use --bf16, or leave it out: dtype auto takes what is fast",
        ["--fp16_full_eval"] = "nothing is computed in float16 here; dtype is that of training and evaluation",
        ["--bf16_full_eval"] = "--bf16 is for training and evaluation",
        ["--half"] = "use --dtype bfloat16",
        ["--dataset"] = Files,
        ["--dataset_name"] = Files,
        ["--dataset_config_name"] = Files,
        ["--task_name"] = $"--task says what the model learns, and {Files}",
        ["--tokenizer_name"] = "the tokenizer is the one in the model's folder",
        ["--config_name"] = "the config is the one in the model's folder",
        ["--cache_dir"] = "models that were downloaded are looked for where HF_HUB_CACHE or HF_HOME says",
        ["--load_in_8bit"] = "use --compute int8",
        ["--load_in_4bit"] = "products with a frozen base are in dtype, or in int8 with --compute int8",
        ["--quantization_bit"] = "use --compute int8",
        ["--push_to_hub"] = "nothing is sent anywhere; hf upload NAME RUN/adapter sends the adapter's folder",
        ["--hub_model_id"] = "nothing is sent anywhere; hf upload NAME RUN/adapter sends the adapter's folder",
        ["--report_to"] = "metrics go to metrics.jsonl in output_dir",
        ["--logging_dir"] = "metrics go to metrics.jsonl in output_dir",
        ["--run_name"] = "a run is called by its --output_dir",
        ["--trust_remote_code"] = "code from a model's folder is never run",
        ["--dataloader_num_workers"] = "texts are turned into tokens before training, on all cores",
        ["--pad_to_max_length"] = "padding is not computed; results do not depend on it",
        ["--use_cpu"] = "the processor is what is used unless --device says otherwise",
        ["--no_cuda"] = "the processor is what is used unless --device says otherwise",
        ["--deepspeed"] = "a run is one process",
        ["--fsdp"] = "a run is one process",
        ["--max_train_samples"] = "--limit N reads so many rows of each file",
        ["--max_eval_samples"] = "--limit N reads so many rows of each file",
        ["--max_predict_samples"] = "--limit N reads so many rows of each file",
        ["--num_labels"] = "the classes are those of the data, or --labels A,B",
        ["--bits"] = "use --compute int8",
    };

    /// <summary>Names for one thing; the first that a verb has is meant.</summary>
    private static readonly string[][] _meanings =
    [
        ["--output_dir", "--output", "--output_file", "--out", "--save_dir", "--save_path"],
        ["--file", "--input", "--input_file", "--data", "--data_file", "--test_file", "--validation_file"],
        ["--adapter", "--adapter_path", "--adapter_name_or_path", "--peft_model", "--peft_model_id", "--lora", "--lora_path", "--lora_model"],
        ["--base_model", "--base", "--base_model_path"],
        ["--batch_size", "--per_device_train_batch_size", "--per_device_eval_batch_size", "--bs"],
        ["--max_new_tokens", "--max_tokens", "--n_predict"],
        ["--do_sample", "--sample"],
        ["--train", "--data", "--train_dataset", "--training_file"],
        ["--eval", "--dev", "--valid", "--validation", "--dev_file"],
        ["--resume_from_checkpoint", "--resume"],
        ["--json", "--as_json"],
        ["--top_k", "--topk"],
        ["--outtype", "--quantization", "--quant"],
        ["--seed", "--random_seed"],
        ["--max_length", "--max_len", "--maxlen", "--context_length"],
        ["--peft_type", "--tuner", "--adapter_type", "--finetuning_type"],
    ];

    /// <summary>What other tools have as an option and a verb here may have as an argument.</summary>
    private static readonly (string Argument, string[] Names)[] _positions =
    [
        ("MODEL", ["--model", "--model_name_or_path", "--model_name"]),
        ("FILE", ["--file", "--input", "--input_file", "--data", "--data_file", "--test_file", "--validation_file", "--test", "--eval"]),
        ("OUTPUT", ["--output", "--output_dir", "--out", "--outfile", "--save_dir"]),
        ("CONFIG", ["--config", "--config_file"]),
    ];

    /// <summary>Takes out what is always so, with a note each.</summary>
    public static string[] WithoutNotNeeded(Verb verb, string[] args, Terminal terminal)
    {
        if (verb.Command.Name != "train")
            return args;
        List<string> kept = [];
        for (int i = 0; i < args.Length; i++)
        {
            string[] parts = args[i].Split('=', 2);
            if (args[i] == "--" || !_notNeeded.TryGetValue(parts[0], out string? why))
            {
                if (args[i] == "--")
                    return [.. kept, .. args[i..]];
                kept.Add(args[i]);
                continue;
            }
            string? value = parts.Length == 2 ? parts[1] : i + 1 < args.Length && bool.TryParse(args[i + 1], out _) ? args[++i] : null;
            if (bool.TryParse(value, out bool on) && !on)
                throw new Workflows.Configuration.ConfigException($"{parts[0]} cannot be {value}: {why}.");
            terminal.Error.WriteLine($"note: {parts[0]} says nothing here: {why}.");
        }
        return [.. kept];
    }

    /// <summary>What an option that a verb does not have is called here, or where it is; null where nothing is known of it.</summary>
    public static string? Answer(Verb verb, string option, IReadOnlyList<Verb> verbs)
    {
        bool Has(Verb one, string name) => one.Command.Options.Any(known => !known.Hidden && (known.Name == name || known.Aliases.Contains(name)));
        if (verb.Flags is not null && _answers.TryGetValue(option, out string? answer))
            return answer;
        if (_positions.FirstOrDefault(position => position.Names.Contains(option)).Argument is { } argument && verb.Command.Arguments.Any(own => own.HelpName == argument))
            return $"{argument} comes without a flag: peft {verb.Command.Name} {string.Join(' ', verb.Command.Arguments.Select(own => own.HelpName))}";
        foreach (string[] names in _meanings.Where(names => names.Contains(option)))
            if (names.FirstOrDefault(name => Has(verb, name)) is { } here)
                return $"here it is {here}";
        string[] others = [.. verbs.Where(other => other != verb && Has(other, option)).Select(other => other.Command.Name)];
        return others.Length is > 0 and < 8 ? $"it is an option of peft {string.Join(", ", others)}" : null;
    }
}
