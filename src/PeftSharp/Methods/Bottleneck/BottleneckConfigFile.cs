using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Methods.Bottleneck.Phm;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>BottleneckOptions in the words of AdapterHub's <c>config</c>.</summary>
internal static class BottleneckConfigFile
{
    private static readonly Dictionary<string, BottleneckOptions> _presets = new(StringComparer.Ordinal)
    {
        ["seq_bn"] = BottleneckOptions.Pfeiffer,
        ["pfeiffer"] = BottleneckOptions.Pfeiffer,
        ["double_seq_bn"] = BottleneckOptions.Houlsby,
        ["houlsby"] = BottleneckOptions.Houlsby,
        ["par_bn"] = BottleneckOptions.Parallel,
        ["parallel"] = BottleneckOptions.Parallel,
        ["scaled_parallel"] = BottleneckOptions.Parallel,
        ["compacter"] = BottleneckOptions.Compacter,
        ["compacter++"] = BottleneckOptions.CompacterPlusPlus,
        ["seq_bn_inv"] = BottleneckOptions.Pfeiffer with { InvertibleAdapter = true, InvertibleReductionFactor = 2 },
        ["pfeiffer+inv"] = BottleneckOptions.Pfeiffer with { InvertibleAdapter = true, InvertibleReductionFactor = 2 },
        ["double_seq_bn_inv"] = BottleneckOptions.Houlsby with { InvertibleAdapter = true, InvertibleReductionFactor = 2 },
        ["houlsby+inv"] = BottleneckOptions.Houlsby with { InvertibleAdapter = true, InvertibleReductionFactor = 2 },
    };

    /// <summary>The names of the presets.</summary>
    public static IEnumerable<string> PresetNames => _presets.Keys;

    /// <summary>The options of a preset's name, or null.</summary>
    public static BottleneckOptions? Preset(string name) => _presets.GetValueOrDefault(name);

    /// <summary>Reads the keys; <c>preset</c> names the design whose values the missing ones take.</summary>
    public static BottleneckOptions Read(JsonSettings settings)
    {
        string preset = settings.Text("preset", "seq_bn");
        BottleneckOptions start = Preset(preset)
            ?? throw settings.Wrong("preset", $"one of {string.Join(", ", PresetNames)}; '{preset}' is not{NearestName.Suggestion(preset, PresetNames)}");
        (double factor, IReadOnlyDictionary<string, double> factors) = ReadFactor(settings, start.ReductionFactor);
        // Only its value true means something: that Down and Up are ordinary layers is the default.
        string? invertible = settings.Text("inv_adapter", start.InvertibleAdapter ? "nice" : "");
        if (invertible is not ("" or "nice"))
            throw settings.Wrong("inv_adapter", $"nice, or left out; '{invertible}' is not supported");
        return PeftOptions.ReadShared(settings, start with
        {
            AttentionAdapter = settings.Flag("mh_adapter", start.AttentionAdapter),
            OutputAdapter = settings.Flag("output_adapter", start.OutputAdapter),
            CrossAdapter = settings.Flag("cross_adapter", start.CrossAdapter),
            ReductionFactor = factor,
            ReductionFactors = factors,
            BottleneckSize = settings.Has("bottleneck_size") ? settings.Size("bottleneck_size") : null,
            NonLinearity = settings.Text("non_linearity", start.NonLinearity),
            AddBias = settings.Flag("add_bias", start.AddBias),
            OriginalNormBefore = settings.Flag("original_ln_before", start.OriginalNormBefore),
            OriginalNormAfter = settings.Flag("original_ln_after", start.OriginalNormAfter),
            NormBefore = settings.Flag("ln_before", start.NormBefore),
            NormAfter = settings.Flag("ln_after", start.NormAfter),
            NormOverResidual = settings.Flag("adapter_residual_before_ln", start.NormOverResidual),
            Residual = ReadResidual(settings, start.Residual),
            IsParallel = settings.Flag("is_parallel", start.IsParallel),
            Scaling = ReadScaling(settings, start.Scaling),
            UseGating = settings.Flag("use_gating", start.UseGating),
            InitWeights = settings.Text("init_weights", NameOf(start.InitWeights)) switch
            {
                "bert" => BottleneckInit.Bert,
                "mam_adapter" => BottleneckInit.Mam,
                "houlsby" => BottleneckInit.Houlsby,
                _ => throw settings.Wrong("init_weights", "bert, mam_adapter or houlsby"),
            },
            InitSeed = settings.OptionalIndex("init_weights_seed"),
            InvertibleAdapter = invertible.Length > 0,
            InvertibleReductionFactor = settings.Has("inv_adapter_reduction_factor")
                ? settings.Number("inv_adapter_reduction_factor")
                : invertible.Length > 0 ? start.InvertibleReductionFactor ?? 2 : null,
            LeaveOut = settings.Integers("leave_out") ?? start.LeaveOut,
            Dropout = settings.Probability("dropout", start.Dropout),
            StochasticDepth = settings.Probability("stochastic_depth", start.StochasticDepth),
            Phm = ReadPhm(settings, start.Phm),
        });
    }

    /// <summary>Writes the keys that AdapterHub has.</summary>
    public static void Write(BottleneckOptions options, JsonObject json)
    {
        PhmOptions phm = options.Phm ?? new();
        json["mh_adapter"] = options.AttentionAdapter;
        json["output_adapter"] = options.OutputAdapter;
        json["cross_adapter"] = options.CrossAdapter;
        json["reduction_factor"] = options.ReductionFactors.Count == 0
            ? Whole(options.ReductionFactor)
            : new JsonObject(options.ReductionFactors.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Whole(pair.Value))));
        json["non_linearity"] = options.NonLinearity;
        json["original_ln_before"] = options.OriginalNormBefore;
        json["original_ln_after"] = options.OriginalNormAfter;
        json["ln_before"] = options.NormBefore;
        json["ln_after"] = options.NormAfter;
        json["adapter_residual_before_ln"] = options.NormOverResidual;
        json["residual_before_ln"] = options.Residual switch
        {
            BottleneckResidual.PostAdd => "post_add",
            var residual => residual == BottleneckResidual.Hidden,
        };
        json["is_parallel"] = options.IsParallel;
        json["scaling"] = options.Scaling.Name is { } learned ? learned : options.Scaling.Number;
        json["use_gating"] = options.UseGating;
        json["init_weights"] = NameOf(options.InitWeights);
        json["init_weights_seed"] = options.InitSeed;
        json["inv_adapter"] = options.InvertibleAdapter ? "nice" : null;
        json["inv_adapter_reduction_factor"] = options.InvertibleReductionFactor is { } factor ? Whole(factor) : null;
        json["leave_out"] = new JsonArray([.. options.LeaveOut.Select(layer => (JsonNode?)layer)]);
        json["dropout"] = options.Dropout;
        json["stochastic_depth"] = options.StochasticDepth;
        json["phm_layer"] = options.Phm is not null;
        json["phm_dim"] = phm.Dim;
        json["phm_rank"] = phm.Rank;
        json["factorized_phm_W"] = phm.FactorizedW;
        json["shared_W_phm"] = phm.SharedW;
        json["shared_phm_rule"] = phm.SharedRule;
        json["factorized_phm_rule"] = phm.FactorizedRule;
        json["learn_phm"] = phm.LearnRule;
        json["phm_c_init"] = phm.UniformRule ? "uniform" : "normal";
        json["phm_init_range"] = phm.InitRange;
        json["hypercomplex_nonlinearity"] = phm.WInit;
        json["phm_bias"] = phm.Bias;
    }

    /// <summary>The same where our own keys must be said with AdapterHub's.</summary>
    /// <exception cref="PeftException">AdapterHub has no words for an option.</exception>
    public static void WriteForHub(BottleneckOptions options, JsonObject json)
    {
        if (!options.AddBias)
            throw new PeftException("AdapterHub's bottleneck adapters have biases always, and add_bias is false; save the adapter in HF PEFT's form.");
        if (options.BottleneckSize is not null)
            throw new PeftException("AdapterHub has a reduction_factor and no bottleneck_size; save the adapter in HF PEFT's form.");
        Write(options, json);
    }

    private static (double Factor, IReadOnlyDictionary<string, double> Factors) ReadFactor(JsonSettings settings, double start)
    {
        const string Key = "reduction_factor";
        return settings.Raw(Key) is { ValueKind: JsonValueKind.Object }
            ? (start, settings.Numbers(Key))
            : (settings.Number(Key, start), new Dictionary<string, double>());
    }

    private static BottleneckResidual ReadResidual(JsonSettings settings, BottleneckResidual start)
    {
        const string Key = "residual_before_ln";
        return settings.Raw(Key) switch
        {
            null => start,
            { ValueKind: JsonValueKind.True } => BottleneckResidual.Hidden,
            { ValueKind: JsonValueKind.False } => BottleneckResidual.Input,
            { ValueKind: JsonValueKind.String } word when word.GetString() == "post_add" => BottleneckResidual.PostAdd,
            _ => throw settings.Wrong(Key, "true, false or \"post_add\""),
        };
    }

    private static BottleneckScaling ReadScaling(JsonSettings settings, BottleneckScaling start)
    {
        const string Key = "scaling";
        return settings.Raw(Key) switch
        {
            null => start,
            { ValueKind: JsonValueKind.String } word => word.GetString() switch
            {
                "learned" => BottleneckScaling.Learned,
                "channel" => BottleneckScaling.Channel,
                _ => throw settings.Wrong(Key, "a number, \"learned\" or \"channel\""),
            },
            _ => BottleneckScaling.Of(settings.Number(Key)),
        };
    }

    private static PhmOptions? ReadPhm(JsonSettings settings, PhmOptions? start)
    {
        bool wanted = settings.Flag("phm_layer", start is not null);
        start ??= new();
        PhmOptions phm = new()
        {
            Dim = settings.Size("phm_dim", start.Dim),
            Rank = settings.Size("phm_rank", start.Rank),
            FactorizedW = settings.Flag("factorized_phm_W", start.FactorizedW),
            SharedW = settings.Flag("shared_W_phm", start.SharedW),
            SharedRule = settings.Flag("shared_phm_rule", start.SharedRule),
            FactorizedRule = settings.Flag("factorized_phm_rule", start.FactorizedRule),
            LearnRule = settings.Flag("learn_phm", start.LearnRule),
            UniformRule = settings.Text("phm_c_init", start.UniformRule ? "uniform" : "normal") switch
            {
                "uniform" => true,
                "normal" => false,
                _ => throw settings.Wrong("phm_c_init", "normal or uniform"),
            },
            InitRange = settings.Number("phm_init_range", start.InitRange),
            WInit = settings.Text("hypercomplex_nonlinearity", start.WInit),
            Bias = settings.Flag("phm_bias", start.Bias),
        };
        return wanted ? phm : null;
    }

    private static string NameOf(BottleneckInit init) => init switch
    {
        BottleneckInit.Mam => "mam_adapter",
        BottleneckInit.Houlsby => "houlsby",
        _ => "bert",
    };

    private static JsonNode Whole(double number) => number == Math.Floor(number) ? (JsonNode)(long)number : number;
}
