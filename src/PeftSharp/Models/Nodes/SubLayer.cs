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

    /// <summary>A decoder's attention over the encoder's output.</summary>
    CrossAttention,
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
    /// <param name="hidden">h, before its dropout.</param>
    /// <param name="residual">x.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="dropout">The probability with which values of h are dropped in training.</param>
    public Tensor Forward(Tensor hidden, Tensor residual, Pass pass, double dropout = 0)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run([hidden, residual], pass, (parts, alone) => Forward(parts[0]!, parts[1]!, alone, dropout));
        SubLayerCall call = new(this, pass);
        if (pass.Plan.SubLayerTuner(this) is not { } tuner)
            return call.AddAndNormalise(hidden, residual, dropout);
        using var scope = NewDisposeScope();
        hidden = pass.Dropout(hidden, dropout);
        return tuner.Close(tuner.Adapt(hidden, residual, call), residual, call).MoveToOuterDisposeScope();
    }
}
