using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Reports;

/// <summary>What a model folder, an adapter folder or a safetensors file holds, read from headers and configs only.</summary>
public sealed record Inspection
{
    /// <summary><c>model</c>, <c>adapter</c> or <c>file</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The folder or file.</summary>
    public required string Path { get; init; }

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

    /// <summary>The bytes of all tensors.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>Looks at a folder or file.</summary>
    /// <exception cref="FileNotFoundException">There is nothing, or nothing of the kind.</exception>
    /// <exception cref="InvalidDataException">A file breaks a rule of its format.</exception>
    /// <exception cref="PeftException">A config is not sound.</exception>
    public static Inspection Of(string path)
    {
        if (File.Exists(path))
            return OfFile(path);
        ModelLocation location = LocationOf(path);
        return location.Adapter is { } adapter ? OfAdapter(adapter) : OfModel(location.Model);
    }

    /// <summary>The report for machines.</summary>
    public JsonObject ToJson() => new()
    {
        ["kind"] = Kind,
        ["path"] = Path,
        ["config"] = Config?.DeepClone(),
        ["metadata"] = new JsonObject(Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["parameters"] = ParameterCount,
        ["bytes"] = ByteLength,
        ["tensors"] = new JsonArray([.. Tensors.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["dtype"] = tensor.DType.ToString(),
            ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
            ["bytes"] = tensor.ByteLength,
        })]),
    };

    /// <summary>An adapter can be looked at where its base is not to be found.</summary>
    private static ModelLocation LocationOf(string path)
    {
        foreach (string folder in (string[])[path, System.IO.Path.Combine(path, ModelLocation.AdapterFolderName)])
            if (File.Exists(System.IO.Path.Combine(folder, AdapterFolder.ConfigName)))
                return new ModelLocation("", folder, null);
        return ModelLocation.Resolve(path);
    }

    private static Inspection OfFile(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new() { Kind = "file", Path = path, Facts = [], Tensors = InfosOf(file), Metadata = file.Metadata };
    }

    private static Inspection OfModel(string folder)
    {
        ModelConfig config = ModelConfig.Load(folder);
        ModelFamily family = ModelFamilies.Of(config);
        using ICheckpoint weights = Checkpoint.Open(folder);
        List<KeyValuePair<string, string>> facts =
        [
            new("model_type", family.ModelType),
            new("architectures", string.Join(", ", config.Architectures)),
            new("task", (ModelFamilies.TaskOf(config) ?? TaskType.FeatureExtraction).ToName()),
            new("tasks of the family", string.Join(", ", family.Architectures.Keys.Select(TaskTypes.ToName))),
        ];
        foreach (string key in (string[])["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size", "vocab_size", "max_position_embeddings"])
            if (config.Raw(key) is { } value)
                facts.Add(new(key, value.GetRawText()));
        if (config.Labels() is { Count: > 0 } labels)
            facts.Add(new("labels", Short(labels)));
        facts.Add(new("tokenizer", File.Exists(System.IO.Path.Combine(folder, "tokenizer.json")) ? "tokenizer.json" : "none"));
        return new()
        {
            Kind = "model",
            Path = folder,
            Facts = facts,
            Config = JsonNode.Parse(config.Json),
            Tensors = InfosOf(weights),
            Metadata = weights.Metadata,
        };
    }

    private static Inspection OfAdapter(string folder)
    {
        JsonSettings config = JsonSettings.Load(System.IO.Path.Combine(folder, AdapterFolder.ConfigName));
        PeftOptions options = AdapterFolder.LoadOptions(folder);
        using SafetensorsFile weights = SafetensorsFile.Open(System.IO.Path.Combine(folder, AdapterFolder.WeightsName));
        List<KeyValuePair<string, string>> facts =
        [
            new("peft_type", options.PeftType),
            new("task_type", options.TaskType?.ToName() ?? "none"),
            new("base model", options.BaseModelNameOrPath ?? "not named"),
        ];
        foreach (string key in (string[])["r", "lora_alpha", "lora_dropout", "target_modules", "modules_to_save", "bias", "use_dora", "use_rslora", "token_indices"])
            if (config.Raw(key) is { } value)
                facts.Add(new(key, value.GetRawText()));
        if (AdapterLabels.Of(folder) is { } labels)
            facts.Add(new("labels", Short(labels)));
        return new()
        {
            Kind = "adapter",
            Path = folder,
            Facts = facts,
            Config = JsonNode.Parse(config.Json),
            Tensors = InfosOf(weights),
            Metadata = weights.Metadata,
        };
    }

    private static TensorInfo[] InfosOf(ICheckpoint checkpoint) => [.. checkpoint.Names.Select(checkpoint.Info)];

    private static string Short(IReadOnlyList<string> labels) =>
        $"{labels.Count}: {string.Join(", ", labels.Take(5))}{(labels.Count > 5 ? ", ..." : "")}";
}
