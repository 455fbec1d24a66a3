using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Reports;

/// <summary>What a model folder, an adapter folder or a file of weights holds, read from headers and configs only.</summary>
public sealed record Inspection
{
    /// <summary><c>model</c>, <c>adapter</c>, <c>weights</c> (a folder without a config) or <c>file</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>The format of the weights: <c>safetensors</c>, <c>pickle</c>, <c>gguf</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The files that hold the weights.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>What is worth knowing of it, by name, in the order to show it.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; }

    /// <summary>Its <c>config.json</c> or <c>adapter_config.json</c>, as it stands there; null for a file.</summary>
    public JsonNode? Config { get; init; }

    /// <summary>Its tensors, in the order of the file.</summary>
    public required IReadOnlyList<TensorInfo> Tensors { get; init; }

    /// <summary>The metadata of the file.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The number of values in all tensors.</summary>
    public long ParameterCount => Tensors.Sum(tensor => tensor.ElementCount);

    /// <summary>The bytes that all tensors take in the files.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.StoredByteLength);

    /// <summary>Looks at a folder or file.</summary>
    /// <exception cref="FileNotFoundException">There is nothing, or nothing of the kind.</exception>
    /// <exception cref="InvalidDataException">A file breaks a rule of its format.</exception>
    /// <exception cref="PeftException">A config is not sound.</exception>
    public static Inspection Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = ModelFiles.Locate(path);
        if (File.Exists(path))
        {
            using ICheckpoint file = Checkpoint.Open(path);
            return Of("file", path, file, [], null);
        }
        // Its base need not be there to look at it.
        if (AdapterFolder.In(path) is { } adapter)
            return OfAdapter(adapter);
        if (!File.Exists(System.IO.Path.Combine(path, "config.json")) && Checkpoint.TryOpenFolder(path) is { } weights)
        {
            using (weights)
                return Of("weights", path, weights, [], null);
        }
        return OfModel(ModelLocation.Resolve(path).Model);
    }

    /// <summary>The report for machines.</summary>
    public JsonObject ToJson() => new()
    {
        ["kind"] = Kind,
        ["path"] = Path,
        ["format"] = Format,
        ["files"] = new JsonArray([.. Files.Select(file => (JsonNode)file)]),
        ["config"] = Config?.DeepClone(),
        ["metadata"] = new JsonObject(Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["parameters"] = ParameterCount,
        ["bytes"] = ByteLength,
        ["tensors"] = new JsonArray([.. Tensors.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["dtype"] = tensor.Packing ?? tensor.DType.ToString(),
            ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
            ["bytes"] = tensor.StoredByteLength,
        })]),
    };

    private static Inspection OfModel(string folder)
    {
        ModelConfig config = ModelConfig.Load(folder);
        using ICheckpoint weights = Checkpoint.Open(folder);
        List<KeyValuePair<string, string>> facts =
        [
            new("model_type", config.ModelType),
            new("architectures", string.Join(", ", config.Architectures)),
        ];
        if (ModelFamilies.Find(config) is { } family)
        {
            facts.Add(new("task", (ModelFamilies.TaskOf(config) ?? TaskType.FeatureExtraction).ToName()));
            facts.Add(new("tasks of the family", string.Join(", ", family.Architectures.Keys.Select(TaskTypes.ToName))));
        }
        else
        {
            facts.Add(new("task", "of a family that is not known here; its tensors can be looked at all the same"));
        }
        foreach (string key in (string[])["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size", "vocab_size", "max_position_embeddings"])
            if (config.Raw(key) is { } value)
                facts.Add(new(key, value.GetRawText()));
        if (config.Labels() is { Count: > 0 } labels)
            facts.Add(new("labels", Short(labels)));
        facts.Add(new("tokenizer", File.Exists(System.IO.Path.Combine(folder, "tokenizer.json")) ? "tokenizer.json"
            : Text.Tokenizer.IsIn(folder) ? "an older vocabulary" : "none"));
        return Of("model", folder, weights, facts, config.Json);
    }

    /// <summary>Of PEFT or of AdapterHub, of a method that is known here or not: the config is shown as it stands.</summary>
    private static Inspection OfAdapter(string folder)
    {
        JsonSettings config = JsonSettings.Load(System.IO.Path.Combine(folder, AdapterFolder.ConfigName));
        using ICheckpoint weights = Checkpoint.OpenIn(folder, AdapterFolder.WeightsName, AdapterFolder.OldWeightsName, "adapter.safetensors", "pytorch_adapter.bin")
            ?? throw new FileNotFoundException($"{folder} has no {AdapterFolder.WeightsName} (nor {AdapterFolder.OldWeightsName}).", folder);
        List<KeyValuePair<string, string>> facts = [];
        foreach (string key in (string[])["peft_type", "task_type", "name", "model_type", "model_name", "config"])
            if (config.Raw(key) is { } value)
                facts.Add(new(key, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));
        if (config.Has("peft_type"))
            facts.Add(new("base model", config.Raw("base_model_name_or_path") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : "not named"));
        foreach (string key in (string[])["r", "lora_alpha", "lora_dropout", "target_modules", "modules_to_save", "bias", "use_dora", "use_rslora", "token_indices", "num_virtual_tokens", "prefix_projection", "prompt_tuning_init", "num_tasks"])
            if (config.Raw(key) is { } value)
                facts.Add(new(key, value.GetRawText()));
        if (AdapterLabels.Of(folder) is { } labels)
            facts.Add(new("labels", Short(labels)));
        facts.AddRange(Doubts(folder, config).Select(doubt => new KeyValuePair<string, string>("note", doubt)));
        return Of("adapter", folder, weights, facts, config.Json);
    }

    /// <summary>Keys of an adapter's config that are not known here, or why it could not be used.</summary>
    private static IReadOnlyList<string> Doubts(string folder, JsonSettings config)
    {
        try
        {
            return UnknownKeys.Warnings(config, AdapterFolder.LoadOptions(folder));
        }
        catch (PeftException e)
        {
            return [e.Message];
        }
    }

    private static Inspection Of(string kind, string path, ICheckpoint weights, IReadOnlyList<KeyValuePair<string, string>> facts, string? config) => new()
    {
        Kind = kind,
        Path = path,
        Format = Checkpoint.FormatOf(weights),
        Files = Checkpoint.FilesOf(weights),
        Facts = facts,
        Config = config is null ? null : JsonNode.Parse(config),
        Tensors = [.. weights.Names.Select(weights.Info)],
        Metadata = weights.Metadata,
    };

    private static string Short(IReadOnlyList<string> labels) =>
        $"{labels.Count}: {string.Join(", ", labels.Take(5))}{(labels.Count > 5 ? ", ..." : "")}";
}
