using PeftSharp.Adapters;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>The keys that a configuration file may have for ADAPTER_FUSION; AdapterHub's names and defaults. A key without help is only taken along.</summary>
internal static class FusionKeys
{
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        new("adapter_folders", null, "folders of the trained adapters, or of their runs, that a fusion mixes (ADAPTER_FUSION)", IsList: true),
        new("adapter_names", null, "names for them; unset: the folders' (ADAPTER_FUSION)", IsList: true),
        new("query", null, "project the query of a fusion; unset: true"),
        new("key", null, "project the keys of a fusion; unset: true"),
        new("value", null, "project the values of a fusion; unset: true"),
        new("query_before_ln", null, "a fusion asks with the sub-layer's output before the norm; unset: false"),
        new("regularization", null, "keep a fusion's value projection near the identity; unset: true"),
        new("residual_before", null, "a fusion adds the residual to keys and values, not at the end; unset: false"),
        new("temperature", null, "soften a fusion's attention at the start of training; unset: false"),
        new("places", null, "", IsList: true),
        new("value_before_softmax", null, ""),
        new("value_initialized", null, ""),
        new("dropout_prob", null, ""),
    ];
}
