using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.HubLora;

/// <summary>
/// LoRA, (IA)³ and VeRA as AdapterHub has them: one set of options for all three, with a gate where wanted (as UniPELT
/// does). For plain LoRA prefer <see cref="Lora.LoraOptions"/>, whose folders HF PEFT reads.
/// </summary>
public sealed record HubLoraOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "HUB_LORA";

    /// <summary>Adapt the matrices of <see cref="AttentionMatrices"/> (<c>selfattn_lora</c>).</summary>
    public bool Attention { get; init; } = true;

    /// <summary>Adapt the first product of the feed-forward part (<c>intermediate_lora</c>; LLaMA: <c>down_proj</c>, as the library has it).</summary>
    public bool Intermediate { get; init; }

    /// <summary>Adapt its second product (<c>output_lora</c>; LLaMA: <c>up_proj</c>).</summary>
    public bool Output { get; init; }

    /// <summary>Some of q, k, v (<c>attn_matrices</c>).</summary>
    public IReadOnlyList<string> AttentionMatrices { get; init; } = ["q", "v"];

    /// <summary>The numbers of layers without an adapter (<c>leave_out</c>).</summary>
    public IReadOnlyList<int> LeaveOut { get; init; } = [];

    /// <summary>The rank.</summary>
    public int R { get; init; } = 8;

    /// <summary>The scale is α/r (<c>alpha</c>).</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Dropout on the input of the update (<c>dropout</c>).</summary>
    public double Dropout { get; init; }

    /// <summary>Multiply the layer's output by a vector, (IA)³, instead of adding to it (<c>composition_mode: scale</c>).</summary>
    public bool Scales { get; init; }

    /// <summary>Multiply the update by a learned number from 0 to 1 for each row of the batch, in place of the scale (<c>use_gating</c>).</summary>
    public bool UseGating { get; init; }

    /// <summary>The word for how A and B start (<c>init_weights</c>): lora, bert, ia3 or vera.</summary>
    public string InitWeights { get; init; } = "lora";

    /// <summary>VeRA: the start of the small matrix's diagonal (<c>vera_d</c>); null is no VeRA.</summary>
    public double? VeraD { get; init; }

    /// <summary>VeRA: the start of the output matrix's diagonal (<c>vera_b</c>).</summary>
    public double? VeraB { get; init; }

    internal bool IsVera => InitWeights == "vera";

    internal static HubLoraOptions Read(JsonSettings settings)
    {
        if (settings.Flag("use_dora", false))
            throw settings.Wrong("use_dora", "false; use LORA with use_dora");
        settings.Raw("dtype");
        settings.Raw("init_weights_seed");
        string mode = settings.Text("composition_mode", "add");
        if (mode is not ("add" or "scale"))
            throw settings.Wrong("composition_mode", "add or scale");
        string init = settings.Text("init_weights", mode == "scale" ? "ia3" : "lora");
        if (init is not ("lora" or "bert" or "ia3" or "vera"))
            throw settings.Wrong("init_weights", "lora, bert, ia3 or vera");
        return ReadShared(settings, new HubLoraOptions
        {
            Attention = settings.Flag("selfattn_lora", true),
            Intermediate = settings.Flag("intermediate_lora", false),
            Output = settings.Flag("output_lora", false),
            AttentionMatrices = settings.Names("attn_matrices") ?? ["q", "v"],
            LeaveOut = settings.Integers("leave_out") ?? [],
            R = settings.Size("r", mode == "scale" ? 1 : 8),
            Alpha = settings.Number("alpha", mode == "scale" ? 1 : 8),
            Dropout = settings.Probability("dropout", 0),
            Scales = mode == "scale",
            UseGating = settings.Flag("use_gating", false),
            InitWeights = init,
            VeraD = settings.Has("vera_d") ? settings.Number("vera_d") : null,
            VeraB = settings.Has("vera_b") ? settings.Number("vera_b") : null,
        });
    }

    /// <summary>Writes the keys that AdapterHub has.</summary>
    internal void WriteForHub(JsonObject json)
    {
        WriteCommon(json);
        json["architecture"] = "lora";
    }

    private protected override void Write(JsonObject json)
    {
        WriteCommon(json);
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }

    private void WriteCommon(JsonObject json)
    {
        json["selfattn_lora"] = Attention;
        json["intermediate_lora"] = Intermediate;
        json["output_lora"] = Output;
        json["attn_matrices"] = new JsonArray([.. AttentionMatrices.Select(name => (JsonNode?)name)]);
        json["leave_out"] = new JsonArray([.. LeaveOut.Select(layer => (JsonNode?)layer)]);
        json["r"] = R;
        json["alpha"] = Alpha == Math.Floor(Alpha) ? (JsonNode)(long)Alpha : Alpha;
        json["dropout"] = Dropout;
        json["composition_mode"] = Scales ? "scale" : "add";
        json["use_gating"] = UseGating;
        json["init_weights"] = InitWeights;
        json["init_weights_seed"] = null;
        json["vera_d"] = VeraD;
        json["vera_b"] = VeraB;
        json["dtype"] = null;
    }
}
