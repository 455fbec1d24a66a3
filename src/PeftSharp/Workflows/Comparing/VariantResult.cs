using System.Text.Json.Nodes;

namespace PeftSharp.Workflows.Comparing;

/// <summary>How a variant ended.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Measures">What was measured; null where it failed.</param>
/// <param name="Error">Why it failed, or null.</param>
/// <param name="Reused">True if it had been run by an earlier comparison with the same configuration.</param>
public sealed record VariantResult(ComparisonVariant Variant, VariantMeasures? Measures, string? Error = null, bool Reused = false)
{
    /// <summary>The result for machines.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["name"] = Variant.Name,
            ["status"] = Error is null ? "finished" : "failed",
            ["run"] = Variant.Folder,
            ["settings"] = Variant.Settings.DeepClone(),
        };
        if (Error is not null)
            json["error"] = Error;
        if (Measures is not null)
        {
            foreach ((string name, JsonNode? value) in Measures.ToJson())
                json[name] = value?.DeepClone();
            json["trainable_share"] = Measures.TrainableShare();
            json["saved_bytes"] = Measures.SavedBytes();
        }
        json["config"] = Variant.Config.ToJson();
        return json;
    }
}
