namespace PeftSharp.Models;

/// <summary>
/// What a family calls the parts that methods adapt by default, so that no method needs to know a family.
/// </summary>
/// <param name="Query">The query projection, such as <c>q_proj</c>.</param>
/// <param name="Key">The key projection.</param>
/// <param name="Value">The value projection.</param>
/// <param name="FeedForwardOut">The last projection of the feed-forward part, such as <c>down_proj</c>.</param>
public sealed record ModuleRoles(string Query, string Key, string Value, string FeedForwardOut)
{
    /// <summary>What AdapterHub calls the intermediate product of the feed-forward part (in LLaMA, oddly, the last one).</summary>
    public required string HubIntermediate { get; init; }

    /// <summary>What it calls the output product (in LLaMA the parallel one).</summary>
    public required string HubOutput { get; init; }
}
