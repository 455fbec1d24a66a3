using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// T5's relative positions (Raffel et al. 2020, arXiv:1910.10683): each head has a learned addend for each bucket of
/// distances, near ones apart and far ones together, logarithmically.
/// </summary>
/// <param name="table">(buckets, heads).</param>
/// <param name="farthest">From this distance on all are alike.</param>
/// <param name="isCausal">True if no key comes later than its query: all buckets are then for earlier ones.</param>
internal sealed class RelativePositions(Embedding table, int farthest, bool isCausal) : IPositionBias
{
    public Tensor Of(long queries, long keys, long untaken, Pass pass)
    {
        using var scope = NewDisposeScope();
        // Each distance occurs many times: from the last query to the first key, up to the first query and the last key.
        long[] byDistance = new long[queries + keys - 1];
        for (long i = 0; i < byDistance.Length; i++)
            byDistance[i] = Bucket(i - (keys - 1) + untaken);
        long[] buckets = new long[queries * keys];
        for (long query = 0; query < queries; query++)
            for (long key = 0; key < keys; key++)
                buckets[query * keys + key] = byDistance[key - query + queries - 1];
        Tensor ids = tensor(buckets, [queries, keys], device: table.Weight.Value.device);
        // (queries, keys, heads) → (1, heads, queries, keys)
        return table.Forward(ids, pass).permute(2, 0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The bucket of a key so many places behind its query (negative: before it).</summary>
    internal long Bucket(long distance)
    {
        long count = table.Rows, first = 0;
        if (!isCausal)
        {
            count /= 2;
            first = distance > 0 ? count : 0;
            distance = Math.Abs(distance);
        }
        else
        {
            distance = Math.Max(0, -distance);
        }
        long near = count / 2;
        if (distance < near)
            return first + distance;
        // In fp32, as transformers computes it.
        float far = MathF.Log((float)distance / near) / (float)Math.Log((double)farthest / near) * (count - near);
        return first + Math.Min(near + (long)far, count - 1);
    }
}
