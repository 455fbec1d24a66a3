using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Lora;

namespace PeftSharp.Methods.AdaLora;

/// <summary>AdaLoraOptions as HF's <c>adapter_config.json</c> has them: LoRA's keys and eleven of its own.</summary>
internal static class AdaLoraConfigFile
{
    public static AdaLoraOptions Read(JsonSettings settings)
    {
        LoraConfigFile.RequireUnsupportedOff(settings);
        foreach (string off in (ReadOnlySpan<string>)["use_dora", "use_rslora", "lora_bias"])
            if (settings.Flag(off, false))
                throw new PeftException($"{settings.Source}: '{off}' has no meaning for ADALORA; take it out, or use LORA.");
        if (settings.Has("trainable_token_indices"))
            throw new PeftException($"{settings.Source}: 'trainable_token_indices' goes with LORA, not with ADALORA; take it out.");
        // HF writes LoRA's r and alpha_pattern and reads over them.
        settings.Raw("r");
        settings.Raw("alpha_pattern");
        return LayerTargetedOptions.ReadLayers(settings, new AdaLoraOptions
        {
            InitR = settings.Size("init_r", 12),
            TargetR = settings.Size("target_r", 8),
            LoraAlpha = settings.Number("lora_alpha", 8),
            LoraDropout = settings.Probability("lora_dropout", 0),
            TInit = settings.Whole("tinit", 0, 0),
            TFinal = settings.Whole("tfinal", 0, 0),
            DeltaT = settings.Size("deltaT", 1),
            Beta1 = settings.Number("beta1", 0.85),
            Beta2 = settings.Number("beta2", 0.85),
            OrthRegWeight = settings.Number("orth_reg_weight", 0.5),
            TotalStep = settings.Has("total_step") ? settings.Size("total_step") : null,
            RankPattern = ReadRanks(settings),
            Bias = BiasTraining.Read(settings, LoraConfigFile.OnlyWord),
            InitWeights = settings.Flag("init_lora_weights", true),
        });
    }

    public static void Write(AdaLoraOptions options, JsonObject json)
    {
        LoraConfigFile.Write(
            new LoraOptions
            {
                LoraAlpha = options.LoraAlpha,
                LoraDropout = options.LoraDropout,
                TargetModules = options.TargetModules,
                ExcludeModules = options.ExcludeModules,
                LayersToTransform = options.LayersToTransform,
                IsLayerNumber = options.IsLayerNumber,
                LayersPattern = options.LayersPattern,
                IsPatternWord = options.IsPatternWord,
                ModulesToSave = options.ModulesToSave,
                Bias = options.Bias,
                FanInFanOut = options.FanInFanOut,
                Init = options.InitWeights ? LoraInit.Default : LoraInit.Random,
            },
            json);
        json["beta1"] = options.Beta1;
        json["beta2"] = options.Beta2;
        json["deltaT"] = options.DeltaT;
        json["init_r"] = options.InitR;
        json["orth_reg_weight"] = options.OrthRegWeight;
        json["rank_pattern"] = options.RankPattern is { } pattern
            ? new JsonObject(pattern.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)OptionJson.List(pair.Value))))
            : null;
        json["target_r"] = options.TargetR;
        json["tfinal"] = options.TFinal;
        json["tinit"] = options.TInit;
        json["total_step"] = options.TotalStep;
    }

    /// <summary>Modules to lists of true and false; an empty object is none.</summary>
    private static Dictionary<string, IReadOnlyList<bool>>? ReadRanks(JsonSettings settings)
    {
        const string Key = "rank_pattern", Wanted = "an object of modules to lists of true and false, as training writes it";
        if (settings.Raw(Key) is not { } map)
            return null;
        if (map.ValueKind != JsonValueKind.Object)
            throw settings.Wrong(Key, Wanted);
        Dictionary<string, IReadOnlyList<bool>> ranks = new(StringComparer.Ordinal);
        foreach (JsonProperty pair in map.EnumerateObject())
            ranks[pair.Name] = pair.Value.ValueKind == JsonValueKind.Array
                && pair.Value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.True or JsonValueKind.False)
                    ? [.. pair.Value.EnumerateArray().Select(item => item.GetBoolean())]
                    : throw settings.Wrong(Key, Wanted);
        return ranks.Count > 0 ? ranks : null;
    }
}
