using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// Disentangled attention (He et al. 2021, arXiv:2006.03654): a query meets the embedding of its distance from the key (c2p),
/// and a key that of the query's distance from it (p2c). Keys that no token made (a prefix) have no distance: only their content counts.
/// </summary>
/// <param name="table">The embeddings of distances.</param>
/// <param name="toKey">What makes keys of them, for c2p; or null.</param>
/// <param name="toQuery">What makes queries of them, for p2c; or null.</param>
/// <param name="heads">The heads.</param>
/// <param name="scale">That of the scores.</param>
internal sealed class DisentangledBias(RelativeTable table, Linear? toKey, Linear? toQuery, int heads, double scale) : IScoreBias
{
    public Tensor Of(Tensor q, Tensor k, Tensor? places, Pass pass)
    {
        using var scope = NewDisposeScope();
        (long length, long front) = (q.shape[2], k.shape[2] - q.shape[2]);
        Tensor embedded = table.Forward(pass);
        Tensor rows = places is null ? table.Distances.Rows(length, q.device) : table.Distances.Rows(places.unsqueeze(-1).sub(places.unsqueeze(1))).unsqueeze(1);
        Tensor? sum = toKey is null ? null : Meet(q, toKey.Forward(embedded, pass), rows);
        if (toQuery is not null)
        {
            Tensor turned = Meet(k.narrow(2, front, length), toQuery.Forward(embedded, pass), rows.transpose(-2, -1)).transpose(2, 3);
            sum = sum?.Plus(turned) ?? turned.contiguous();
        }
        Tensor scaled = sum!.Times(scale);
        if (front > 0)
            scaled = cat([zeros([q.shape[0], heads, length, front], dtype: q.dtype, device: q.device), scaled], 3);
        return scaled.MoveToOuterDisposeScope();
    }

    /// <summary>x · row, where the row is the one of x's distance: (batch, heads, length, length).</summary>
    private Tensor Meet(Tensor x, Tensor projected, Tensor numbers)
    {
        (long batch, long length, long width) = (x.shape[0], x.shape[2], x.shape[3]);
        long rows = projected.shape[1];
        Tensor table = projected.view(projected.shape[0], rows, heads, width).permute(0, 2, 3, 1);
        // One table for the whole batch is one product a head, with nothing copied for each row of the batch.
        Tensor all = table.shape[0] == 1
            ? x.transpose(0, 1).reshape(heads, batch * length, width).bmm(table[0]).view(heads, batch, length, rows).transpose(0, 1)
            : x.matmul(table);
        return all.gather(3, numbers.expand(batch, heads, -1, -1));
    }
}
