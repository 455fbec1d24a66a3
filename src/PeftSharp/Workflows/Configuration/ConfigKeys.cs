using PeftSharp.Data;
using PeftSharp.Methods;
using PeftSharp.Models;

namespace PeftSharp.Workflows.Configuration;

/// <summary>Every key that a configuration may have, by section, with its line of help.</summary>
public static class ConfigKeys
{
    /// <summary>The section of the method's options.</summary>
    public const string Peft = "peft";

    /// <summary>The section of the files and their columns.</summary>
    public const string Data = "data";

    /// <summary>The section of the training loop.</summary>
    public const string Training = "training";

    /// <summary>The section that lists the variants of a comparison; no single run has it.</summary>
    public const string Compare = "compare";

    /// <summary>The keys outside of the sections.</summary>
    public static IReadOnlyList<ConfigKey> OfRun { get; } =
    [
        new("", "model", ConfigKind.Text, null, "folder of the base model (config.json, model.safetensors, tokenizer.json)"),
        new("", "task", ConfigKind.Choice, null, "what the model learns; unset: what its config.json says", [.. TaskTypes.Names]),
        new("", ProblemTypes.Key, ConfigKind.Choice, null, "what a text classifier decides (SEQ_CLS); unset: one class, or a number where labels has one name", [.. ProblemTypes.Names]),
        new("", "device", ConfigKind.Text, "cpu", "where to compute: cpu, cuda, cuda:1, mps"),
        new("", "dtype", ConfigKind.Choice, "auto", "of frozen weights and activations; auto: bfloat16 where the processor has units for it", [.. Dtypes.Names]),
        new("", "compute", ConfigKind.Choice, "auto", "products with frozen weights; int8: faster with VNNI, not exact", [.. ComputeModes.Names]),
    ];

    /// <summary>The keys of <c>data:</c>.</summary>
    public static IReadOnlyList<ConfigKey> OfData { get; } = RecordKeys.Of<DataOptions>(Data,
        ("train", "file of rows to train on: .txt .tsv .csv .jsonl .json .conll"),
        ("eval", "file to evaluate on during training"),
        ("test", "file to report on at the end"),
        ("format", "format of the files where the extension does not tell it"),
        ("header", "whether the first line of CSV and TSV names the columns; unset: yes, unless columns is given"),
        ("columns", "names of the columns of a file without a header, from left to right"),
        ("delimiter", "character between fields; unset: a comma in CSV, a tab in TSV, tabs or blanks in CoNLL"),
        ("ignore_extra_fields", "drop fields beyond the last named column"),
        ("limit", "read only so many rows of each file"),
        ("on_bad_row", "rows with an empty text, no label and the like: error stops, skip leaves them out; both count them and name their lines"),
        ("max_length", "most tokens of an example; unset: what the model takes"),
        ("text", "column of the text; unset: text"),
        ("text_pair", "column of a second text"),
        ("label", "column of the class, number or labels; unset: label"),
        ("label_separator", "what stands between labels in a cell of a multi-label task: | in a|b; lists ([a, b], ['a', 'b']) need none"),
        ("labels", "names of the classes in order; a single name makes the task a regression"),
        ("threshold", "probability from which on a label holds (multi-label); unset: 0.5, or what was saved with the adapter"),
        ("tune_thresholds", "give each label the threshold with the best F1 on the rows of eval (multi-label)"),
        ("label_file", "JSON file with the array of these names"),
        ("tokens", "column of the words (TOKEN_CLS); unset: tokens, else words; CoNLL: the first"),
        ("tags", "column of their tags (TOKEN_CLS); unset: tags, else ner_tags; CoNLL: the last"),
        ("question", "column of the question (QUESTION_ANS); unset: question"),
        ("context", "column of the text that answers it (QUESTION_ANS); unset: context"),
        ("answers", "column of SQuAD's answers (QUESTION_ANS); unset: answers"),
        ("answer_text", "column of the answer's text, in place of answers"),
        ("answer_start", "column of the answer's place in code points, in place of answers"),
        ("doc_stride", "tokens that two windows of one long context share (QUESTION_ANS)"),
        ("prompt", "column of the prompt, which is not trained on (CAUSAL_LM)"),
        ("completion", "column of its completion (CAUSAL_LM)"),
        ("prompt_template", "alpaca: the prompt is written from instruction and input as Stanford Alpaca does (CAUSAL_LM); found where the file has these columns"),
        ("input", "column of the input of an instruction, for prompt_template; rows may be without"),
        ("completion_only_loss", "learn the completion only, not the prompt (CAUSAL_LM)"),
        ("source", "column of the text to read (SEQ_2_SEQ_LM); unset: source, else article, document, dialogue, text, …"),
        ("target", "column of the text to write (SEQ_2_SEQ_LM); unset: target, else summary, highlights, …"),
        ("source_prefix", "what stands before every text to read, such as \"summarize: \" (SEQ_2_SEQ_LM)"),
        ("max_target_length", "most tokens of a text to write (SEQ_2_SEQ_LM)"),
        ("messages", "column of a conversation, a list of messages (CAUSAL_LM); unset: messages, else conversations"),
        ("apply_chat_template", "write rows as conversations by the chat template; unset: conversations, and prompts with answers where the model has a template"),
        ("chat_template", "template in place of the model's: a Jinja file, the name of one of the model's, or chatml"),
        ("assistant_only_loss", "learn what the assistant says only, not the rest of the conversation"),
        ("mask_history", "learn the assistant's last turn only"));

    /// <summary>The keys of <c>peft:</c>, of all methods; HF PEFT's names and defaults. A key without help is only taken along.</summary>
    public static IReadOnlyList<ConfigKey> OfPeft { get; } =
    [
        Method("peft_type", ConfigKind.Text, "LORA", $"the method: {string.Join(", ", PeftMethods.Names)}"),
        Method("r", ConfigKind.Free, "8", "rank (VERA: 256, MISS: 64; OFT: 0 or the number of blocks)"),
        Method("lora_alpha", ConfigKind.Free, "8", "scale: the update is multiplied with lora_alpha / r"),
        Method("lora_dropout", ConfigKind.Free, "0", "probability of dropping an input of the update in training"),
        Method("target_modules", ConfigKind.FreeList, null, "modules to adapt: names, a regular expression, or all-linear; unset: query and value"),
        Method("exclude_modules", ConfigKind.FreeList, null, "modules to leave out"),
        Method("modules_to_save", ConfigKind.FreeList, null, "modules trained whole; unset: the head of the task"),
        Method("layers_to_transform", ConfigKind.FreeList, null, "numbers of the layers to adapt; unset: all"),
        Method("layers_pattern", ConfigKind.FreeList, null, "name before the layer number, where it is not the usual one"),
        Method("rank_pattern", ConfigKind.Free, "{}", "ranks of single modules: {layer.0.attention.self.query: 4}"),
        Method("alpha_pattern", ConfigKind.Free, "{}", "lora_alpha of single modules"),
        Method("bias", ConfigKind.Free, "none", "biases of the base that train too: none, all, or those of the targets: lora_only (vera_only, oft_only, boft_only, MiSS_only)"),
        Method("lora_bias", ConfigKind.Flag, "false", "give the update a bias of its own"),
        Method("use_rslora", ConfigKind.Flag, "false", "scale with lora_alpha / sqrt(r)"),
        Method("use_dora", ConfigKind.Flag, "false", "train the magnitude of the weights apart from their direction (DoRA)"),
        Method("init_lora_weights", ConfigKind.Free, "true", "how A and B start: true, gaussian, pissa, pissa_niter_16"),
        Method("layer_replication", ConfigKind.FreeList, null, "layers that run in place of the base's, some again with tuners of their own: [[0, 4], [2, 6]] (LoRA)"),
        Method("trainable_token_indices", ConfigKind.FreeList, null, "token ids whose embeddings train beside LoRA"),
        Method("token_indices", ConfigKind.FreeList, null, "token ids whose embeddings train (TRAINABLE_TOKENS)"),
        .. PeftMethods.Keys.Select(key => Method(key.Name, key.IsList ? ConfigKind.FreeList : ConfigKind.Free, key.Default, key.Help)),
        .. TakenAlong.Select(name => Method(name, ConfigKind.Free, null, "")),
    ];

    /// <summary>The keys of <c>training:</c>.</summary>
    public static IReadOnlyList<ConfigKey> OfTraining => TrainingKeys.All;

    /// <summary>Keys of HF's files that say nothing here, or must be off.</summary>
    private static IEnumerable<string> TakenAlong =>
    [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_version", "revision", "task_type",
        "alora_invocation_tokens", "arrow_config", "corda_config", "ensure_weight_tying", "eva_config", "fan_in_fan_out",
        "kasa_config", "loftq_config", "lora_ga_config", "megatron_config",
        "megatron_core", "monteclora_config", "qalora_group_size", "target_parameters", "use_bdlora", "use_qalora", "use_effective_conv2d", "velora_config",
    ];

    private static ConfigKey Method(string name, ConfigKind kind, string? value, string help) => new(Peft, name, kind, value, help);
}
