namespace PeftSharp.Models;

/// <summary>
/// What a family calls the parts that methods adapt by default, so that no method needs to know a family. The defaults of
/// peft's methods are peft's where it has some for the family.
/// </summary>
/// <param name="Query">The query projection, such as <c>q_proj</c>; where one product makes all three, that one.</param>
/// <param name="Key">The key projection.</param>
/// <param name="Value">The value projection.</param>
/// <param name="FeedForwardOut">The last projection of the feed-forward part, such as <c>down_proj</c>.</param>
public sealed record ModuleRoles(string Query, string Key, string Value, string FeedForwardOut)
{
    /// <summary>What AdapterHub calls the intermediate product of the feed-forward part (in LLaMA, oddly, the last one).</summary>
    public required string HubIntermediate { get; init; }

    /// <summary>What it calls the output product (in LLaMA the parallel one).</summary>
    public required string HubOutput { get; init; }

    /// <summary>What it calls the place of a prefix (in DistilBERT <c>self</c>).</summary>
    public string HubPrefix { get; init; } = "self_prefix";

    /// <summary>True where one product makes queries, keys and values, all of each one behind the other (GPT-2).</summary>
    public bool JoinsQueryKeyValue { get; init; }

    /// <summary>What LoRA and its like adapt: the query and value projections, where a family has no other.</summary>
    public IReadOnlyList<string> LoraTargets { get => field ?? Once(Query, Value); init; }

    /// <summary>What AdaLoRA adapts: the same, where a family has no other.</summary>
    public IReadOnlyList<string> AdaLoraTargets { get => field ?? LoraTargets; init; }

    /// <summary>What (IA)³ scales: keys, values and the feed-forward part, where a family has no other.</summary>
    public IReadOnlyList<string> Ia3Targets { get => field ?? Once(Key, Value, FeedForwardOut); init; }

    /// <summary>The norms that LN tuning trains; null for all.</summary>
    public IReadOnlyList<string>? NormTargets { get; init; }

    private static string[] Once(params IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal)];
}
