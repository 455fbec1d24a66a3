namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of <c>peft:</c> that HUB_LORA and UNION have.</summary>
internal static class HubLoraKeys
{
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Key("configs", ConfigKind.Free, "methods to train as one adapter: a list of objects, each with its peft_type (UNION)"),
        Key("selfattn_lora", ConfigKind.Flag, "adapt attention matrices; unset: true (HUB_LORA)"),
        Key("intermediate_lora", ConfigKind.Flag, "adapt the feed-forward part's first product; unset: false (HUB_LORA)"),
        Key("output_lora", ConfigKind.Flag, "adapt its second product; unset: false (HUB_LORA)"),
        Key("attn_matrices", ConfigKind.FreeList, "some of q,k,v; unset: q,v (HUB_LORA)"),
        Key("alpha", ConfigKind.Free, "scale of the update times r; unset: 8 (HUB_LORA)"),
        Key("composition_mode", ConfigKind.Free, "add, or scale for (IA)3; unset: add (HUB_LORA)"),
        Key("vera_d", ConfigKind.Free, ""),
        Key("vera_b", ConfigKind.Free, ""),
    ];

    private static ConfigKey Key(string name, ConfigKind kind, string help) => new(ConfigKeys.Peft, name, kind, null, help);
}
