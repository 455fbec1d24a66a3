using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The sizes of one attention call.</summary>
internal readonly record struct AttentionSizes(int Batch, int Heads, int Groups, int Queries, int Keys, int Width)
{
    public static AttentionSizes Of(Tensor q, Tensor k) =>
        new((int)q.shape[0], (int)q.shape[1], (int)k.shape[1], (int)q.shape[2], (int)k.shape[2], (int)q.shape[3]);

    /// <summary>Query heads that share a key/value head.</summary>
    public int PerGroup => Heads / Groups;

    /// <summary>The keys, up to a whole number of vectors.</summary>
    public int PaddedKeys => Padded(Keys);

    public static int Padded(int count) => (count + SmallProduct.Lanes - 1) / SmallProduct.Lanes * SmallProduct.Lanes;
}
