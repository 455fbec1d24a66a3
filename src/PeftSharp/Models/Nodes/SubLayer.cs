using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>Which part of a layer a <see cref="SubLayer"/> ends.</summary>
internal enum SubLayerKind
{
    /// <summary>Self-attention.</summary>
    Attention,

    /// <summary>The feed-forward part.</summary>
    FeedForward,
}

/// <summary>
/// The end of a sub-layer, where its output h joins the residual stream x: <c>norm(h + x)</c>, or h + x where the family
/// normalises elsewhere. It is the slot of tuners that need both. It has no parameters of its own.
/// </summary>
internal sealed class SubLayer(int id, string path, SubLayerKind kind, int layer, long width, LayerNorm? norm) : Node(id, path)
{
    /// <summary>Which part it ends.</summary>
    public SubLayerKind Kind { get; } = kind;

    /// <summary>The number of its layer, from 0.</summary>
    public int Layer { get; } = layer;

    /// <summary>The width of the hidden states.</summary>
    public long Width { get; } = width;

    /// <summary>The pretrained norm over h + x, or null.</summary>
    public LayerNorm? Norm { get; } = norm;

    /// <summary>The sub-layer's output; (batch, length, width) both in and out.</summary>
    public Tensor Forward(Tensor hidden, Tensor residual, Pass pass)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run([hidden, residual], pass, (parts, alone) => Forward(parts[0]!, parts[1]!, alone));
        SubLayerCall call = new(this, pass);
        if (pass.Plan.SubLayerTuner(this) is not { } tuner)
            return call.AddAndNormalise(hidden, residual);
        using var scope = NewDisposeScope();
        return tuner.Close(tuner.Adapt(hidden, residual, call), residual, call).MoveToOuterDisposeScope();
    }
}
