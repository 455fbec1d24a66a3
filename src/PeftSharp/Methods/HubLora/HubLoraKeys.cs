using PeftSharp.Adapters;

namespace PeftSharp.Methods.HubLora;

/// <summary>The keys that a configuration file may have for HUB_LORA; AdapterHub's names and defaults. A key without help is only taken along.</summary>
internal static class HubLoraKeys
{
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        new("selfattn_lora", null, "adapt attention matrices; unset: true (HUB_LORA)"),
        new("intermediate_lora", null, "adapt the feed-forward part's first product; unset: false (HUB_LORA)"),
        new("output_lora", null, "adapt its second product; unset: false (HUB_LORA)"),
        new("attn_matrices", null, "some of q,k,v; unset: q,v (HUB_LORA)", IsList: true),
        new("alpha", null, "scale of the update times r; unset: 8 (HUB_LORA)"),
        new("composition_mode", null, "add, or scale for (IA)3; unset: add (HUB_LORA)"),
        new("vera_d", null, ""),
        new("vera_b", null, ""),
    ];
}
