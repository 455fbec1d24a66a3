namespace PeftSharp.Methods.Lora.Combining;

/// <summary>How several LoRA adapters become one (HF PEFT's <c>add_weighted_adapter</c>).</summary>
public sealed record WeightedCombination
{
    /// <summary>The adapters to combine, all of the same model.</summary>
    public required IReadOnlyList<string> Adapters { get; init; }

    /// <summary>One weight an adapter; negative ones take an adapter away.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>
    /// <c>linear</c>, <c>cat</c>, <c>svd</c>, <c>ties</c>, <c>dare_linear</c>, <c>dare_ties</c>, <c>magnitude_prune</c>,
    /// or one of the last four with <c>_svd</c>. <c>cat</c> is exact and adds up the ranks; <c>svd</c> is the best
    /// approximation of a given rank; <c>linear</c> weights A and B each by √|w·s|, so cross terms between adapters remain.
    /// </summary>
    public string CombinationType { get; init; } = "svd";

    /// <summary>The rank of the result for the <c>svd</c> types; null takes the largest of the adapters'.</summary>
    public int? SvdRank { get; init; }

    /// <summary>The share of values kept by the pruning types, 0 to 1.</summary>
    public double? Density { get; init; }

    /// <summary>How <c>ties</c> elects a sign: by the <c>total</c> or by the <c>frequency</c>.</summary>
    public string MajoritySignMethod { get; init; } = "total";

    /// <summary>The seed of <c>dare</c>'s random pruning.</summary>
    public long Seed { get; init; } = 42;
}
