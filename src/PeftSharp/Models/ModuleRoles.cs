namespace PeftSharp.Models;

/// <summary>
/// What a family calls the parts that methods adapt by default, so that no method needs to know a family.
/// </summary>
/// <param name="Query">The query projection, such as <c>q_proj</c>.</param>
/// <param name="Key">The key projection.</param>
/// <param name="Value">The value projection.</param>
/// <param name="FeedForwardOut">The last projection of the feed-forward part, such as <c>down_proj</c>.</param>
public sealed record ModuleRoles(string Query, string Key, string Value, string FeedForwardOut);
