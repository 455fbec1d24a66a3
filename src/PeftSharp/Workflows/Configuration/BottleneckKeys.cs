namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of <c>peft:</c> that BOTTLENECK has; AdapterHub's names and defaults.</summary>
internal static class BottleneckKeys
{
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Key("preset", ConfigKind.Text, "design that unset keys follow: seq_bn, double_seq_bn, par_bn, compacter, compacter++, seq_bn_inv (BOTTLENECK); loreft, noreft, direft (REFT)"),
        Key("reduction_factor", ConfigKind.Free, "hidden width / bottleneck width, or a map {0: 8, default: 16} by layer; unset: 16"),
        Key("bottleneck_size", ConfigKind.Free, "bottleneck width itself, in place of reduction_factor"),
        Key("non_linearity", ConfigKind.Free, "activation in the bottleneck: relu, gelu, swish, tanh, ...; unset: relu"),
        Key("add_bias", ConfigKind.Flag, "give the two layers of a bottleneck biases; unset: true"),
        Key("mh_adapter", ConfigKind.Flag, "adapters behind attention; unset: false"),
        Key("output_adapter", ConfigKind.Flag, "adapters behind the feed-forward part; unset: true"),
        Key("leave_out", ConfigKind.FreeList, "numbers of layers without an adapter"),
        Key("is_parallel", ConfigKind.Flag, "adapters beside the sub-layer, from its input; unset: false"),
        Key("scaling", ConfigKind.Free, "factor of an adapter's output: a number, learned, channel; unset: 1"),
        Key("use_gating", ConfigKind.Flag, "multiply an adapter's output by a learned gate; unset: false"),
        Key("original_ln_before", ConfigKind.Flag, "adapters work on the normalised sum, not on the sub-layer's output; unset: true"),
        Key("original_ln_after", ConfigKind.Flag, "residual and norm after the adapter; unset: true"),
        Key("residual_before_ln", ConfigKind.Free, "what an adapter's output is added to: true (the sub-layer's output), false (its own input), post_add"),
        Key("ln_before", ConfigKind.Flag, "a new norm in front of the adapter; unset: false"),
        Key("ln_after", ConfigKind.Flag, "a new norm behind the adapter; unset: false"),
        Key("adapter_residual_before_ln", ConfigKind.Flag, "the new norm behind is over the sum with the residual; unset: false"),
        Key("inv_adapter", ConfigKind.Text, "nice: an invertible adapter behind the embeddings"),
        Key("inv_adapter_reduction_factor", ConfigKind.Free, "width / inner width of each half of the invertible adapter; unset: 2"),
        Key("dropout", ConfigKind.Free, "dropout on an adapter's output; unset: 0"),
        Key("stochastic_depth", ConfigKind.Free, "probability of leaving an adapter out for a row in training; unset: 0"),
        Key("init_weights", ConfigKind.Free, "start values: bert, mam_adapter, houlsby; unset: bert"),
        Key("init_weights_seed", ConfigKind.Free, "seed of the start values alone"),
        Key("phm_layer", ConfigKind.Flag, "hypercomplex layers in the bottleneck (compacter); unset: false"),
        Key("phm_dim", ConfigKind.Free, "number of Kronecker products in a hypercomplex layer; unset: 4"),
        Key("phm_rank", ConfigKind.Free, "rank of their second factors; unset: 1"),
        .. Rare.Select(name => Key(name, ConfigKind.Free, "")),
    ];

    private static IEnumerable<string> Rare =>
    [
        "cross_adapter", "factorized_phm_W", "shared_W_phm", "shared_phm_rule", "factorized_phm_rule", "learn_phm",
        "phm_c_init", "phm_init_range", "hypercomplex_nonlinearity", "phm_bias",
    ];

    private static ConfigKey Key(string name, ConfigKind kind, string help) => new(ConfigKeys.Peft, name, kind, null, help);
}
