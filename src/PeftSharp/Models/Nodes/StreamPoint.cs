using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>
/// A point of the residual stream: behind the embeddings, or behind a whole layer. It is the slot of tuners that change
/// hidden states as such. It has no parameters of its own.
/// </summary>
internal sealed class StreamPoint(int id, string path, int? layer, long width) : Node(id, path)
{
    /// <summary>The number of the layer that it stands behind; null behind the embeddings.</summary>
    public int? Layer { get; } = layer;

    /// <summary>The width of the hidden states.</summary>
    public long Width { get; } = width;

    /// <summary>The hidden states, changed by the tuners of the pass; the given tensor itself where there are none.</summary>
    public Tensor Forward(Tensor hidden, Pass pass, Tensor? attentionMask, long past)
    {
        if (pass.RowsFor(this) is { } rows)
            return rows.Run([hidden, attentionMask], pass, (parts, alone) => Forward(parts[0]!, alone, parts[1], past).alias());
        IReadOnlyList<IStreamTuner> tuners = pass.Plan.StreamTuners(this);
        if (tuners.Count == 0)
            return hidden;
        using var scope = NewDisposeScope();
        StreamCall call = new(this, pass, attentionMask, past);
        Tensor changed = hidden;
        foreach (IStreamTuner tuner in tuners)
            changed = tuner.Forward(changed, call);
        return ReferenceEquals(changed, hidden) ? hidden : changed.MoveToOuterDisposeScope();
    }
}
