using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Adapters;

/// <summary>The settings of a method that adapts chosen modules.</summary>
public abstract record TargetedOptions : PeftOptions
{
    /// <summary>The modules to adapt (<c>target_modules</c>); null takes the method's usual ones of the model's family.</summary>
    public TargetModules? TargetModules { get; init; }

    /// <summary>Modules to leave out (<c>exclude_modules</c>).</summary>
    public TargetModules? ExcludeModules { get; init; }

    /// <summary>
    /// True where the last adapted layer is stored transposed (<c>fan_in_fan_out</c>, GPT-2). It follows from the model, as in peft,
    /// whatever a file or a user says.
    /// </summary>
    public bool FanInFanOut { get; internal init; }

    /// <summary>Reads the keys of this record and of the shared ones.</summary>
    internal static TOptions ReadTargets<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : TargetedOptions =>
        ReadShared(settings, options with
        {
            TargetModules = TargetModules.Read(settings, "target_modules"),
            ExcludeModules = TargetModules.Read(settings, "exclude_modules"),
        });

    /// <summary>Adds the keys of this record, and <c>modules_to_save</c>.</summary>
    private protected void WriteTargets(JsonObject json)
    {
        json["target_modules"] = TargetModules?.ToJson();
        json["exclude_modules"] = ExcludeModules?.ToJson();
        json["modules_to_save"] = OptionJson.List(ModulesToSave);
    }

    /// <summary>False where an adapted embedding is not saved with the adapter, as it is by default in HF.</summary>
    internal virtual bool SavesTargetedEmbeddings => true;

    /// <summary>Which nodes are meant; <see cref="TargetModules"/> must have been filled in.</summary>
    internal virtual TargetSelection Selection() => new(TargetModules!, ExcludeModules);
}

/// <summary>The settings of a method that adapts chosen modules of chosen layers.</summary>
public abstract record LayerTargetedOptions : TargetedOptions
{
    /// <summary>The layer numbers to adapt (<c>layers_to_transform</c>); null is all.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>The names after which a layer number stands (<c>layers_pattern</c>); null takes any.</summary>
    public IReadOnlyList<string>? LayersPattern { get; init; }

    /// <summary>True where a file has <see cref="LayersToTransform"/> as a single number, to be written back so.</summary>
    internal bool IsLayerNumber { get; init; }

    /// <summary>True where a file has <see cref="LayersPattern"/> as a single word, to be written back so.</summary>
    internal bool IsPatternWord { get; init; }

    /// <summary>Reads the keys of this record and of those it derives from.</summary>
    internal static TOptions ReadLayers<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : LayerTargetedOptions =>
        ReadTargets(settings, options with
        {
            LayersToTransform = settings.Integers("layers_to_transform"),
            LayersPattern = settings.Raw("layers_pattern") is { ValueKind: System.Text.Json.JsonValueKind.String } word
                ? [word.GetString()!]
                : settings.Names("layers_pattern"),
            IsLayerNumber = settings.Raw("layers_to_transform") is { ValueKind: System.Text.Json.JsonValueKind.Number },
            IsPatternWord = settings.Raw("layers_pattern") is { ValueKind: System.Text.Json.JsonValueKind.String },
        });

    /// <summary>Adds the keys of this record and of the one it derives from.</summary>
    private protected void WriteLayers(JsonObject json)
    {
        WriteTargets(json);
        json["layers_to_transform"] = LayersToJson();
        json["layers_pattern"] = PatternToJson();
    }

    /// <summary><see cref="LayersToTransform"/> as the file had it.</summary>
    internal JsonNode? LayersToJson() => IsLayerNumber && LayersToTransform is [var layer] ? layer : OptionJson.List(LayersToTransform);

    /// <summary><see cref="LayersPattern"/> as the file had it.</summary>
    internal JsonNode? PatternToJson() => IsPatternWord && LayersPattern is [var word] ? word : OptionJson.List(LayersPattern);

    /// <inheritdoc/>
    internal override TargetSelection Selection()
    {
        if (LayersToTransform is null && LayersPattern is { Count: > 0 } && LayersPattern.Any(name => name.Length > 0))
            throw new PeftException("layers_pattern needs layers_to_transform.");
        if (LayersToTransform is not null && TargetModules is { Pattern: not null, IsAllLinear: false })
            throw new PeftException("layers_to_transform works with a list of target_modules, not with a regular expression; put the layers into the expression.");
        return new(TargetModules!, ExcludeModules, LayersToTransform, LayersPattern);
    }
}
