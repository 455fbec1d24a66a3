using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.HubLora;
using PeftSharp.Methods.HubPrefix;

namespace PeftSharp.Methods.Union;

/// <summary>
/// Several methods as one adapter: trained together, saved in one folder. LoRA and bottleneck adapters ("LoRA-Adapters"),
/// MAM and UniPELT are unions.
/// </summary>
/// <example><code>
/// model.AddAdapter(new UnionOptions { Parts = [new LoraOptions { R = 8 }, BottleneckOptions.Pfeiffer] });
/// </code></example>
public sealed record UnionOptions : PeftOptions
{
    /// <summary>Prefix tuning and a parallel adapter (He et al. 2021, arXiv:2110.04366); <c>mam</c>.</summary>
    public static UnionOptions Mam => new() { Parts = [new HubPrefixOptions(), BottleneckOptions.Parallel] };

    /// <summary>A prefix, LoRA and a sequential adapter, each with a gate (Mao et al. 2021, arXiv:2110.07577); <c>unipelt</c>.</summary>
    public static UnionOptions UniPelt => new()
    {
        Parts =
        [
            new HubPrefixOptions { PrefixLength = 10, UseGating = true },
            BottleneckOptions.Pfeiffer with { UseGating = true },
            new HubLoraOptions { UseGating = true },
        ],
    };

    /// <inheritdoc/>
    public override string PeftType => "UNION";

    /// <summary>The methods (<c>configs</c>), innermost first where two work at one place.</summary>
    public IReadOnlyList<PeftOptions> Parts { get; init; } = [];

    private protected override void Write(JsonObject json)
    {
        json["configs"] = new JsonArray([.. Parts.Select(part => (JsonNode?)PartJson(part))]);
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }

    /// <summary>A part without what the whole says already.</summary>
    private static JsonObject PartJson(PeftOptions part)
    {
        JsonObject json = part.ToJson();
        foreach (string shared in (string[])["auto_mapping", "base_model_name_or_path", "inference_mode", "peft_version", "revision", "task_type", "modules_to_save"])
            json.Remove(shared);
        return json;
    }
}
