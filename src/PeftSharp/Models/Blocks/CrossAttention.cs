using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Attention of a decoder's sequence over the encoder's output. In a generation its keys and values are made once.</summary>
/// <param name="projections">Queries of the decoder; keys and values of the encoder's output.</param>
/// <param name="output">The product behind the attention.</param>
internal sealed class CrossAttention(SeparateProjections projections, Linear output)
{
    /// <summary>The probability with which attention weights are dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>What q · k is multiplied with; null for 1 / √(head width).</summary>
    public double? Scale { get; init; }

    /// <summary>The path of its module.</summary>
    public string Path => projections.Path;

    /// <summary>(batch, T, hidden) → (batch, T, hidden), before the residual.</summary>
    /// <param name="x">The decoder's side.</param>
    /// <param name="context">The encoder's output and the cache.</param>
    /// <param name="layer">The layer's number.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="read">Which positions are wanted; then the result is (those, hidden).</param>
    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        CrossContext cross = context.Cross!.Value;
        Tensor q = projections.Query(x, pass);
        (Tensor k, Tensor v) = context.Cache?.Crossed(layer) ?? KeyValue(x, cross, context.Cache, layer, pass);
        AttentionScores scores = new(Scale ?? 1 / Math.Sqrt(projections.HeadWidth), null, pass.Training ? Dropout : 0);
        Tensor mixed = Attention.Forward(q, k, v, cross.Masks.At(layer), scores);
        return output.Forward(read.Pick(mixed), pass).MoveToOuterDisposeScope();
    }

    private (Tensor K, Tensor V) KeyValue(Tensor x, in CrossContext cross, KeyValueCache? cache, int layer, Pass pass)
    {
        (Tensor k, Tensor v) = projections.KeyValue(cross.States!, pass);
        if (cross.Virtual is not null)
            (k, v) = cross.Virtual.Join(layer, x, k, v, pass);
        cache?.KeepCrossed(layer, k, v);
        return (k, v);
    }
}
