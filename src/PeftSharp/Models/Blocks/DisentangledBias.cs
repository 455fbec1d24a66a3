using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// Disentangled attention (He et al. 2021, arXiv:2006.03654): a query meets the embedding of its distance from the key (c2p),
/// and a key that of the query's distance from it (p2c). Keys in front of the tokens stand at the places before them.
/// </summary>
/// <param name="table">The embeddings of distances.</param>
/// <param name="toKey">What makes keys of them, for c2p; or null.</param>
/// <param name="toQuery">What makes queries of them, for p2c; or null.</param>
/// <param name="heads">The heads.</param>
/// <param name="scale">That of the scores.</param>
internal sealed class DisentangledBias(RelativeTable table, Linear? toKey, Linear? toQuery, int heads, double scale) : IScoreBias
{
    public Tensor Of(Tensor q, Tensor k, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor embedded = table.Forward(pass);
        Tensor places = table.Distances.Rows(q.shape[2], k.shape[2], q.device);
        Tensor? sum = toKey is null ? null : Meet(q, toKey.Forward(embedded, pass), places);
        if (toQuery is not null)
        {
            Tensor turned = Meet(k, toQuery.Forward(embedded, pass), places.t()).transpose(2, 3);
            sum = sum?.Plus(turned) ?? turned.contiguous();
        }
        return sum!.Times(scale).MoveToOuterDisposeScope();
    }

    /// <summary>x · row, where the row is the one of x's distance: (batch, heads, length of x, other length).</summary>
    private Tensor Meet(Tensor x, Tensor projected, Tensor places)
    {
        (long batch, long length, long width) = (x.shape[0], x.shape[2], x.shape[3]);
        long rows = projected.shape[1];
        Tensor table = projected.view(projected.shape[0], rows, heads, width).permute(0, 2, 3, 1);
        // One table for the whole batch is one product a head, with nothing copied for each row of the batch.
        Tensor all = table.shape[0] == 1
            ? x.transpose(0, 1).reshape(heads, batch * length, width).bmm(table[0]).view(heads, batch, length, rows).transpose(0, 1)
            : x.matmul(table);
        return all.gather(3, places.expand(batch, heads, -1, -1));
    }
}
