using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The embeddings of distances between tokens that all layers of a stack read.</summary>
/// <param name="Table">A row for each distance.</param>
/// <param name="Norm">The norm of the rows, or null.</param>
/// <param name="Distances">Which row is which.</param>
/// <param name="Dropout">The probability with which values are dropped in training, in each layer anew.</param>
internal sealed record RelativeTable(Embedding Table, INorm? Norm, RelativeDistances Distances, double Dropout)
{
    /// <summary>All rows, (1, rows, hidden); (batch, rows, hidden) where rows of the batch have tables of their own.</summary>
    public Tensor Forward(Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor ids = ScalarMath.Range(0, Table.Rows, Table.Weight.Value.device).unsqueeze(0);
        Tensor rows = Table.Forward(ids, pass);
        return pass.Dropout(Norm?.Forward(rows, pass) ?? rows, Dropout).MoveToOuterDisposeScope();
    }
}
