using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>
/// A trainable piece behind attention or the feed-forward part, where both the part's output h and the residual x that it
/// is going to be added to are at hand. It works in two steps, so that several can be put in a row before the sub-layer is
/// closed: <c>a = Adapt(h, x)</c> takes the place of h, and <c>y = Close(a, x)</c> is the sub-layer's output, for which a
/// sub-layer without a tuner computes <c>norm(h + x)</c>.
/// </summary>
internal interface ISubLayerTuner
{
    /// <summary>
    /// True for a tuner whose result at one position depends on no other: it may be given only the positions that are read
    /// later, as (positions, width).
    /// </summary>
    bool TreatsPositionsApart => false;

    /// <summary>True for a tuner that a training pass changes by using it: a batch must then be one pass and not two halves.</summary>
    bool ChangesByUse => false;

    /// <summary>What takes the place of h.</summary>
    /// <param name="hidden">h: (batch, length, width); owned by the caller.</param>
    /// <param name="residual">x: of the same shape; owned by the caller.</param>
    /// <param name="call">The sub-layer and the pass.</param>
    /// <returns>A tensor of the same shape in the disposal scope of the caller.</returns>
    Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call);

    /// <summary>The sub-layer's output for what <see cref="Adapt"/> returned.</summary>
    Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call);
}

/// <summary>Something that makes one tuner out of those of several adapters, such as an attention over their outputs.</summary>
internal interface ISubLayerJoin
{
    /// <summary>The joined tuner.</summary>
    /// <exception cref="PeftException">One of the tuners cannot be joined.</exception>
    ISubLayerTuner Join(IReadOnlyList<ISubLayerTuner> children);
}
