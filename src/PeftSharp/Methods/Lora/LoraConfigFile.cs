using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.Lora;

/// <summary>LoraOptions as HF PEFT's <c>adapter_config.json</c> has them.</summary>
internal static class LoraConfigFile
{
    /// <summary>Keys of HF features that PeftSharp does not have, with the value that means "off".</summary>
    private static readonly (string Key, string Off)[] _unsupported =
    [
        ("alora_invocation_tokens", "null"),
        ("arrow_config", "null"),
        ("kasa_config", "null"),
        ("megatron_config", "null"),
        ("monteclora_config", "null"),
        ("target_parameters", "null"),
        ("use_bdlora", "null"),
        ("use_qalora", "false"),
        ("velora_config", "null"),
    ];

    /// <summary>HF's word for the biases of the adapted modules.</summary>
    public const string OnlyWord = "lora_only";

    public static LoraOptions Read(JsonSettings settings)
    {
        RequireUnsupportedOff(settings);
        return LayerTargetedOptions.ReadLayers(settings, new LoraOptions
        {
            R = settings.Size("r", 8),
            LoraAlpha = settings.Number("lora_alpha", 8),
            LoraDropout = settings.Probability("lora_dropout", 0),
            RankPattern = settings.Numbers("rank_pattern"),
            AlphaPattern = settings.Numbers("alpha_pattern"),
            UseRslora = settings.Flag("use_rslora", false),
            UseDora = settings.Flag("use_dora", false),
            EnsureWeightTying = settings.Flag("ensure_weight_tying", false),
            HasLoraBias = settings.Flag("lora_bias", false),
            Bias = BiasTraining.Read(settings, OnlyWord),
            Init = LoraInitFile.Read(settings),
            InitSettings = LoraInitFile.ReadSettings(settings),
            TrainableTokenIndices = ReadTokens(settings),
            LayerReplication = ReadReplication(settings),
        });
    }

    /// <summary>Refuses features that PeftSharp does not have, and reads over keys that say nothing.</summary>
    public static void RequireUnsupportedOff(JsonSettings settings)
    {
        foreach ((string key, string off) in _unsupported)
            if (settings.Raw(key) is { } value && !IsOff(value, off))
                throw new PeftException($"{settings.Source}: '{key}' is set to {Short(value)}, and PeftSharp does not support it.");
        // Read over: they say nothing without the features above.
        settings.Raw("megatron_core");
        settings.Raw("qalora_group_size");
        // Linear nodes all compute with (out, in); how the base stores a weight, it knows itself.
        settings.Flag("fan_in_fan_out", false);
    }

    public static void Write(LoraOptions options, JsonObject json)
    {
        foreach ((string key, string off) in _unsupported)
            json[key] = JsonNode.Parse(off);
        json["alpha_pattern"] = OptionJson.Map(options.AlphaPattern);
        json["bias"] = BiasTraining.Write(options.Bias, OnlyWord);
        json["ensure_weight_tying"] = options.EnsureWeightTying;
        json["exclude_modules"] = options.ExcludeModules?.ToJson();
        json["fan_in_fan_out"] = options.FanInFanOut;
        LoraInitFile.Write(options.Init, options.InitSettings, json);
        json["layer_replication"] = WriteReplication(options.LayerReplication);
        json["layers_pattern"] = options.PatternToJson();
        json["layers_to_transform"] = options.LayersToJson();
        json["lora_alpha"] = OptionJson.Number(options.LoraAlpha);
        json["lora_bias"] = options.HasLoraBias;
        json["lora_dropout"] = options.LoraDropout;
        json["megatron_core"] = "megatron.core";
        json["modules_to_save"] = OptionJson.List(options.ModulesToSave);
        json["qalora_group_size"] = 16;
        json["r"] = options.R;
        json["rank_pattern"] = OptionJson.Map(options.RankPattern);
        json["target_modules"] = options.TargetModules?.ToJson();
        json["trainable_token_indices"] = WriteTokens(options.TrainableTokenIndices);
        json["use_dora"] = options.UseDora;
        json["use_rslora"] = options.UseRslora;
    }

    private static (int, int)[]? ReadReplication(JsonSettings settings)
    {
        const string Key = "layer_replication";
        if (settings.Raw(Key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong();
        return [.. value.EnumerateArray().Select(range =>
            range.ValueKind == JsonValueKind.Array && range.GetArrayLength() == 2 && range[0].ValueKind == JsonValueKind.Number && range[1].ValueKind == JsonValueKind.Number
            && range[0].TryGetInt32(out int start) && range[1].TryGetInt32(out int end) ? (start, end) : throw Wrong())];

        PeftException Wrong() => settings.Wrong(Key, "a list of pairs such as [[0, 4], [2, 6]]");
    }

    private static JsonArray? WriteReplication(IReadOnlyList<(int Start, int End)>? ranges) =>
        ranges is null ? null : [.. ranges.Select(range => new JsonArray(range.Start, range.End))];

    /// <summary>A list of ids is for the token embedding (key ""), an object for several embeddings by name.</summary>
    private static Dictionary<string, IReadOnlyList<int>>? ReadTokens(JsonSettings settings)
    {
        const string Key = "trainable_token_indices";
        switch (settings.Raw(Key))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.Object } map:
                JsonSettings section = settings.Section(Key)!;
                return map.EnumerateObject().ToDictionary(pair => pair.Name, pair => section.Integers(pair.Name) ?? throw section.Wrong(pair.Name, "a list of token ids"));
            default:
                return new() { [""] = settings.Integers(Key)! };
        }
    }

    private static JsonNode? WriteTokens(IReadOnlyDictionary<string, IReadOnlyList<int>>? tokens)
    {
        if (tokens is null)
            return null;
        if (tokens.TryGetValue("", out IReadOnlyList<int>? only))
            return OptionJson.List(only);
        return new JsonObject(tokens.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)OptionJson.List(pair.Value))));
    }

    private static bool IsOff(JsonElement value, string off) =>
        value.ValueKind == JsonValueKind.False
        || (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && value.GetRawText().Trim() is "{}" or "[]")
        || value.GetRawText() == off;

    private static string Short(JsonElement value) =>
        value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
