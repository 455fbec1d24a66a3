namespace PeftSharp.Kernels.Fused;

/// <summary>The sizes of the attention within one sequence.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Groups">Key/value heads.</param>
/// <param name="Width">The width of a head.</param>
/// <param name="Queries">Its queries.</param>
/// <param name="Keys">Its keys, those in front of it among them.</param>
internal readonly record struct AttentionSizes(int Heads, int Groups, int Width, int Queries, int Keys)
{
    /// <summary>Query heads that share a key/value head.</summary>
    public int PerGroup => Heads / Groups;

    /// <summary>The keys, up to a whole number of vectors.</summary>
    public int PaddedKeys => Padded(Keys);

    public static int Padded(int count) => (count + SmallProduct.Lanes - 1) / SmallProduct.Lanes * SmallProduct.Lanes;
}
