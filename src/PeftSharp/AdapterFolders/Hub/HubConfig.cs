using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.HubLora;
using PeftSharp.Methods.HubPrefix;
using PeftSharp.Methods.HubPrompt;
using PeftSharp.Methods.Reft;
using PeftSharp.Methods.Union;
using PeftSharp.Models;
using PeftSharp.Models.Families;

namespace PeftSharp.AdapterFolders.Hub;

/// <summary>AdapterHub's <c>adapter_config.json</c>: <c>{config, hidden_size, model_class, model_name, model_type, name, version}</c>.</summary>
internal sealed record HubConfig(PeftOptions Options, string Name)
{
    /// <summary>The version of the library whose files ours equal.</summary>
    public const string Version = "adapters.1.2.0";

    /// <summary>The values of <c>architecture</c> that are supported; bottleneck adapters have none.</summary>
    public static IReadOnlyList<string> Architectures { get; } = ["reft", "lora", "prefix_tuning", "prompt_tuning"];

    /// <summary>True if a config file is AdapterHub's.</summary>
    public static bool Is(JsonSettings settings) => !settings.Has("peft_type") && settings.Has("config");

    /// <summary>Reads the file.</summary>
    /// <exception cref="PeftException">The kind of adapter is not supported, or an option is wrong.</exception>
    public static HubConfig Read(JsonSettings settings)
    {
        PeftOptions options = settings.Raw("config") is { ValueKind: JsonValueKind.String } preset
            ? BottleneckConfigFile.Preset(preset.GetString()!)
                ?? throw settings.Wrong("config", $"an object, or one of {string.Join(", ", BottleneckConfigFile.PresetNames)}")
            : ReadMethod(settings.Section("config")!);
        return new HubConfig(
            options with
            {
                TaskType = TaskOf(settings.Text("model_class", ""), settings.Text("model_type", "")),
                BaseModelNameOrPath = settings.Text("model_name", "") is { Length: > 0 } name ? name : null,
                ModulesToSave = [],
                TrainsHead = false,
            },
            settings.Text("name"));
    }

    /// <summary>Writes the file of an adapter of a model.</summary>
    /// <exception cref="PeftException">AdapterHub has no such method.</exception>
    public static JsonObject Write(Adapter adapter, string name)
    {
        JsonObject header = Header(adapter.Model);
        header["name"] = name;
        header["model_name"] = adapter.Options.BaseModelNameOrPath ?? "";
        header["config"] = WriteMethod(adapter.Options);
        return header;
    }

    /// <summary>What every file of the folder says of the model.</summary>
    public static JsonObject Header(BaseModel model) => new()
    {
        ["hidden_size"] = model.HiddenSize,
        ["model_class"] = ModelFamilies.Of(model.Config).Architectures[model.Task],
        ["model_type"] = model.Config.ModelType,
        ["version"] = Version,
    };

    /// <summary>Reads one method's object, of a union's part too.</summary>
    public static PeftOptions ReadMethod(JsonSettings config)
    {
        string architecture = config.Text("architecture", "");
        PeftOptions options = architecture switch
        {
            "" => BottleneckConfigFile.Read(config) with { AtLeastOneUnit = true },
            "lora" => HubLoraOptions.Read(config),
            "prefix_tuning" => HubPrefixOptions.Read(config),
            "prompt_tuning" => HubPromptOptions.Read(config),
            "union" => ReadUnion(config),
            "reft" => ReftOptions.Read(config) with { HasBase = config.Flag("orthogonality", true) },
            _ => throw config.Wrong("architecture", $"left out, for a bottleneck adapter; '{architecture}' is not supported"),
        };
        return PeftOptions.KeepUnknown(config, options);
    }

    private static UnionOptions ReadUnion(JsonSettings config)
    {
        if (config.Raw("configs") is not { ValueKind: JsonValueKind.Array } list)
            throw config.Wrong("configs", "a list of objects");
        return new UnionOptions
        {
            Parts = [.. list.EnumerateArray().Select((part, i) => ReadMethod(JsonSettings.Parse(part.GetRawText(), $"{config.Source}: configs[{i}]")) with { ModulesToSave = [] })],
        };
    }

    private static JsonObject WriteMethod(PeftOptions options)
    {
        JsonObject config = [];
        switch (options)
        {
            case BottleneckOptions bottleneck:
                BottleneckConfigFile.WriteForHub(bottleneck, config);
                break;
            case HubLoraOptions lora:
                lora.WriteForHub(config);
                break;
            case HubPrefixOptions prefix:
                prefix.WriteForHub(config);
                break;
            case HubPromptOptions prompt:
                prompt.WriteForHub(config);
                break;
            case UnionOptions union:
                config["architecture"] = "union";
                config["configs"] = new JsonArray([.. union.Parts.Select(part => (JsonNode?)WriteMethod(part))]);
                break;
            case ReftOptions reft:
                reft.WriteForHub(config);
                break;
            default:
                throw new PeftException($"AdapterHub has no method {options.PeftType}; save the adapter in HF PEFT's form.");
        }
        foreach ((string key, JsonNode? value) in options.Unknown)
            config.TryAdd(key, value?.DeepClone());
        return config;
    }

    private static TaskType? TaskOf(string modelClass, string modelType)
    {
        if (!ModelFamilies.Names.Contains(modelType))
            return null;
        foreach ((TaskType task, string name) in ModelFamilies.OfType(modelType).Architectures)
            if (name == modelClass)
                return task;
        return null;
    }
}
