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
    /// <summary>The method's name in files, such as <c>LORA</c>.</summary>
    public abstract string PeftType { get; }

    /// <summary>The task (<c>task_type</c>); null is filled in from the model.</summary>
    public TaskType? TaskType { get; init; }

    /// <summary>Where the base model came from (<c>base_model_name_or_path</c>); filled in from the model.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>The base model's revision on its hub.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// Modules trained whole beside the method and saved with it (<c>modules_to_save</c>): names or path endings. Null
    /// takes the head of a classification or question-answering task; an empty list takes none.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>Keys of the file that no option reads; written back as they were.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Unknown { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>The options as <c>adapter_config.json</c> has them: every key that HF writes for this method.</summary>
    internal JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = BaseModelNameOrPath,
            ["inference_mode"] = true,
            ["peft_type"] = PeftType,
            ["peft_version"] = PeftVersion,
            ["revision"] = Revision,
            ["task_type"] = TaskType?.ToName(),
        };
        Write(json);
        foreach ((string key, JsonNode? value) in Unknown)
            json.TryAdd(key, value?.DeepClone());
        return json;
    }

    /// <summary>The version of HF PEFT whose files ours equal.</summary>
    private protected const string PeftVersion = "0.21.2";

    /// <summary>Adds the method's own keys.</summary>
    private protected abstract void Write(JsonObject json);

    /// <summary>Reads the keys that all methods share; the rest of <paramref name="settings"/> is the method's.</summary>
    internal static TOptions ReadShared<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : PeftOptions
    {
        foreach (string ignored in (ReadOnlySpan<string>)["peft_type", "peft_version", "auto_mapping", "inference_mode"])
            settings.Raw(ignored);
        string? task = settings.Text("task_type", "") is { Length: > 0 } name ? name : null;
        return options with
        {
            TaskType = task is null ? null : TaskTypes.Parse(task),
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
