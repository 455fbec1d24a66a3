using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The tensors of one attention call, (batch, its heads, rows, width) each.</summary>
/// <param name="Q">Queries.</param>
/// <param name="K">Keys.</param>
/// <param name="V">Values.</param>
/// <param name="FrontK">Keys in front of every sequence, with batch 1; or null.</param>
/// <param name="FrontV">Values in front.</param>
/// <param name="Mask">An additive mask, or null.</param>
internal sealed record Heads(Tensor Q, Tensor K, Tensor V, Tensor? FrontK, Tensor? FrontV, Tensor? Mask)
{
    /// <summary>What gradients go to.</summary>
    public Tensor[] Inputs => FrontK is null ? [Q, K, V] : [Q, K, V, FrontK, FrontV!];

    /// <summary>All of them.</summary>
    public Tensor[] All => Mask is null ? Inputs : [.. Inputs, Mask];

    /// <summary>Their sizes; queries and keys are those of a sequence, so none yet.</summary>
    public AttentionSizes Sizes => new((int)Q.shape[1], (int)K.shape[1], (int)Q.shape[3], 0, 0);

    /// <summary>The same for the backward.</summary>
    public Heads Kept() => new(
        GraphNode.Keep(Q), GraphNode.Keep(K), GraphNode.Keep(V), FrontK is null ? null : GraphNode.Keep(FrontK),
        FrontV is null ? null : GraphNode.Keep(FrontV), Mask is null ? null : GraphNode.Keep(Mask));

    /// <summary>What the queries may see.</summary>
    public MaskMemory<T> Seen<T>(AttentionRows rows)
        where T : unmanaged, IElement<T> =>
        Mask is null ? MaskMemory<T>.ByPlace(rows.IsCausal, rows.Front) : new(Mask, rows.MostKeys);

    /// <summary>Until here the tensors live.</summary>
    public void KeepAlive()
    {
        foreach (Tensor tensor in All)
            GC.KeepAlive(tensor);
    }
}
