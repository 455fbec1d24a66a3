namespace PeftSharp.Models;

/// <summary>The attention of a backbone, the same in every layer.</summary>
/// <param name="Layers">The number of layers.</param>
/// <param name="Heads">The query heads of a layer.</param>
/// <param name="KeyValueHeads">The key/value heads; fewer than the query heads where these share them.</param>
/// <param name="HeadWidth">The width of a head.</param>
public readonly record struct AttentionShape(int Layers, int Heads, int KeyValueHeads, int HeadWidth);
