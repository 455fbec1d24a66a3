using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Adapters;

/// <summary>
/// The settings of one method: what its <c>adapter_config.json</c> says. Each method derives a record of its own with
/// Hugging Face's keys; this base holds what all methods share.
/// </summary>
public abstract record PeftOptions
{
    /// <summary>The file of an adapter folder that holds them.</summary>
    internal const string FileName = "adapter_config.json";

    /// <summary>The method's name in files, such as <c>LORA</c>.</summary>
    public abstract string PeftType { get; }

    /// <summary>The task (<c>task_type</c>); null is filled in from the model.</summary>
    public TaskType? TaskType { get; init; }

    /// <summary>Where the base model came from (<c>base_model_name_or_path</c>); filled in from the model.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>The base model's revision on its hub.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// Modules trained whole beside the method and saved with it (<c>modules_to_save</c>), with all that lies in them: every
    /// module whose path ends in one of the names, and those that the model does not have are passed over. As in HF, the head
    /// of a classification or question-answering task is added (<see cref="TrainsHead"/>).
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>
    /// False to leave a task's head as the base has it; HF does so where the config has no <c>task_type</c>. A head that the
    /// base does not have must train.
    /// </summary>
    public bool TrainsHead { get; init; } = true;

    /// <summary>True where a module to save takes the weights that are tied to it with it; else only the side that is named changes, as in HF.</summary>
    internal virtual bool KeepsTies => false;

    /// <summary>The class of the base (<c>auto_mapping</c>), which HF writes where there is no task type.</summary>
    internal JsonNode? AutoMapping { get; init; }

    /// <summary>Keys of the file that no option reads; written back as they were.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Unknown { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>The options as <c>adapter_config.json</c> has them: every key that HF writes for this method.</summary>
    internal JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["auto_mapping"] = AutoMapping?.DeepClone(),
            ["base_model_name_or_path"] = BaseModelNameOrPath,
            ["inference_mode"] = true,
            ["peft_type"] = PeftType,
            ["peft_version"] = PeftVersion,
            ["revision"] = Revision,
            // A task type would make HF add the head.
            ["task_type"] = TrainsHead || Adapters.ModulesToSave.HeadsOf(TaskType) is null ? TaskType?.ToName() : null,
        };
        Write(json);
        foreach ((string key, JsonNode? value) in Unknown)
            json.TryAdd(key, value?.DeepClone());
        return json;
    }

    /// <summary>The model that the method plugs into: the base, unless its layers run in another order.</summary>
    internal virtual BaseModel On(BaseModel model) => model;

    /// <summary>The version of HF PEFT whose files ours equal.</summary>
    internal const string PeftVersion = "0.21.2";

    /// <summary>Adds the method's own keys.</summary>
    private protected abstract void Write(JsonObject json);

    /// <summary>Reads the keys that all methods share; the rest of <paramref name="settings"/> is the method's.</summary>
    internal static TOptions ReadShared<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : PeftOptions
    {
        foreach (string ignored in (ReadOnlySpan<string>)["peft_type", "peft_version", "inference_mode"])
            settings.Raw(ignored);
        string? task = settings.Text("task_type", "") is { Length: > 0 } name ? name : null;
        return options with
        {
            TaskType = task is null ? null : TaskTypes.Parse(task),
            AutoMapping = settings.Raw("auto_mapping") is { } mapping ? JsonNode.Parse(mapping.GetRawText()) : null,
            BaseModelNameOrPath = settings.Text("base_model_name_or_path", "") is { Length: > 0 } path ? path : null,
            Revision = settings.Text("revision", "") is { Length: > 0 } revision ? revision : null,
            ModulesToSave = settings.Names("modules_to_save"),
        };
    }

    /// <summary>Keeps the keys that nothing has read.</summary>
    internal static TOptions KeepUnknown<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : PeftOptions
    {
        Dictionary<string, JsonNode?> unknown = settings.UnreadKeys
            .ToArray()
            .ToDictionary(key => key, key => settings.Raw(key) is { } value ? JsonNode.Parse(value.GetRawText()) : null);
        return options with { Unknown = unknown };
    }
}
