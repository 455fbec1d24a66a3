using System.Text.Json.Nodes;
using PeftSharp.Adapters;

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
