using PeftSharp.Adapters;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>The keys that a configuration file may have for BOTTLENECK; AdapterHub's names and defaults. A key without help is only taken along.</summary>
internal static class BottleneckKeys
{
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        new("preset", null, "design that unset keys follow: seq_bn, double_seq_bn, par_bn, compacter, compacter++, seq_bn_inv (BOTTLENECK); loreft, noreft, direft (REFT); mam, unipelt (UNION)"),
        new("reduction_factor", null, "hidden width / bottleneck width, or a map {0: 8, default: 16} by layer; unset: 16"),
        new("bottleneck_size", null, "bottleneck width itself, in place of reduction_factor"),
        new("non_linearity", null, "activation in the bottleneck: relu, gelu, swish, tanh, ...; unset: relu"),
        new("add_bias", null, "give the two layers of a bottleneck biases; unset: true"),
        new("mh_adapter", null, "adapters behind attention; unset: false"),
        new("output_adapter", null, "adapters behind the feed-forward part; unset: true"),
        new("leave_out", null, "numbers of layers without an adapter", IsList: true),
        new("is_parallel", null, "adapters beside the sub-layer, from its input; unset: false"),
        new("scaling", null, "factor of an adapter's output: a number, learned, channel; unset: 1"),
        new("use_gating", null, "multiply an adapter's output by a learned gate; unset: false"),
        new("original_ln_before", null, "adapters work on the normalised sum, not on the sub-layer's output; unset: true"),
        new("original_ln_after", null, "residual and norm after the adapter; unset: true"),
        new("residual_before_ln", null, "what an adapter's output is added to: true (the sub-layer's output), false (its own input), post_add"),
        new("ln_before", null, "a new norm in front of the adapter; unset: false"),
        new("ln_after", null, "a new norm behind the adapter; unset: false"),
        new("adapter_residual_before_ln", null, "the new norm behind is over the sum with the residual; unset: false"),
        new("inv_adapter", null, "nice: an invertible adapter behind the embeddings"),
        new("inv_adapter_reduction_factor", null, "width / inner width of each half of the invertible adapter; unset: 2"),
        new("dropout", null, "dropout on an adapter's output; unset: 0"),
        new("stochastic_depth", null, "probability of leaving an adapter out for a row in training; unset: 0"),
        new("init_weights", null, "start values: bert, mam_adapter, houlsby; unset: bert"),
        new("init_weights_seed", null, "seed of the start values alone"),
        new("phm_layer", null, "hypercomplex layers in the bottleneck (compacter); unset: false"),
        new("phm_dim", null, "number of Kronecker products in a hypercomplex layer; unset: 4"),
        new("phm_rank", null, "rank of their second factors; unset: 1"),
        new("cross_adapter", null, ""),
        new("factorized_phm_W", null, ""),
        new("shared_W_phm", null, ""),
        new("shared_phm_rule", null, ""),
        new("factorized_phm_rule", null, ""),
        new("learn_phm", null, ""),
        new("phm_c_init", null, ""),
        new("phm_init_range", null, ""),
        new("hypercomplex_nonlinearity", null, ""),
        new("phm_bias", null, ""),
    ];
}
