namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of <c>peft:</c> that only ADAPTER_FUSION has.</summary>
internal static class FusionKeys
{
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Key("adapter_names", ConfigKind.FreeList, "names of the adapters that a fusion mixes (ADAPTER_FUSION)"),
        Key("query", ConfigKind.Flag, "project the query of a fusion; unset: true"),
        Key("key", ConfigKind.Flag, "project the keys of a fusion; unset: true"),
        Key("value", ConfigKind.Flag, "project the values of a fusion; unset: true"),
        Key("query_before_ln", ConfigKind.Flag, "a fusion asks with the sub-layer's output before the norm; unset: false"),
        Key("regularization", ConfigKind.Flag, "keep a fusion's value projection near the identity; unset: true"),
        Key("residual_before", ConfigKind.Flag, "a fusion adds the residual to keys and values, not at the end; unset: false"),
        Key("temperature", ConfigKind.Flag, "soften a fusion's attention at the start of training; unset: false"),
        Key("places", ConfigKind.FreeList, ""),
        Key("value_before_softmax", ConfigKind.Free, ""),
        Key("value_initialized", ConfigKind.Free, ""),
        Key("dropout_prob", ConfigKind.Free, ""),
    ];

    private static ConfigKey Key(string name, ConfigKind kind, string help) => new(ConfigKeys.Peft, name, kind, null, help);
}
