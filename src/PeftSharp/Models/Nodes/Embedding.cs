using PeftSharp.Kernels;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>A look-up of rows, and the slot in which embedding tuners wrap it.</summary>
public sealed class Embedding : Node
{
    internal Embedding(int id, string path, Parameter weight, long? paddingIndex)
        : base(id, path, weight)
    {
        Weight = weight;
        PaddingIndex = paddingIndex;
    }

    /// <summary>The table, (rows, width).</summary>
    public Parameter Weight { get; }

    /// <summary>The row that never receives a gradient (torch's <c>padding_idx</c>), or null.</summary>
    public long? PaddingIndex { get; }

    /// <summary>The number of rows.</summary>
    public long Rows => Weight.Value.shape[0];

    /// <summary>The width of a row.</summary>
    public long Width => Weight.Value.shape[1];

    /// <summary>The rows named by <paramref name="ids"/>, inside the tuners that the pass names.</summary>
    /// <param name="ids">int64, any shape.</param>
    /// <param name="pass">Which tuners are active.</param>
    /// <returns>(shape of <paramref name="ids"/>…, width).</returns>
    public Tensor Forward(Tensor ids, Pass pass)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run(ids, pass, Forward);
        return new EmbeddingCall(this, pass.Plan.EmbeddingTuners(this), pass).Next(ids);
    }

    /// <summary>The look-up alone.</summary>
    internal Tensor Frozen(Tensor ids, Pass pass)
    {
        Tensor table = pass.Get(Weight);
        Tensor found = LookUp(table, ids);
        if (PaddingIndex is not { } padding || !table.requires_grad)
            return found;
        using Tensor isPadding = ids.EqualTo(padding).unsqueeze(-1);
        using Tensor constant = found.detach();
        Tensor guarded = where(isPadding, constant, found);
        found.Dispose();
        return guarded;
    }

    /// <summary>Rows of a (rows, width) table for ids of any shape: (shape…, width).</summary>
    internal static Tensor LookUp(Tensor table, Tensor ids)
    {
        using Tensor flat = ids.reshape(-1);
        using Tensor rows = table.index_select(0, flat);
        return rows.view([.. ids.shape, table.shape[1]]);
    }
}
