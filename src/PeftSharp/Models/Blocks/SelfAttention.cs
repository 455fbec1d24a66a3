using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Self-attention with its four projections; rotary positions and cached keys where the context has them.</summary>
internal sealed class SelfAttention(Linear query, Linear key, Linear value, Linear output, int heads, double dropout)
{
    /// <summary>The probability with which attention weights are dropped in training.</summary>
    public double Dropout => dropout;

    /// <summary>Its heads, as those of so many layers.</summary>
    public AttentionShape Shape(int layers)
    {
        int width = (int)query.OutFeatures / heads;
        return new(layers, heads, (int)key.OutFeatures / width, width);
    }

    /// <summary>(batch, T, hidden) → (batch, T, hidden), before the residual.</summary>
    /// <param name="x">The layer's input.</param>
    /// <param name="context">Mask, positions and cache.</param>
    /// <param name="layer">The layer's number, for the cache.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="read">Which positions are wanted; then the result is (those, hidden).</param>
    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        Tensor q = Heads(query, x, pass);
        Tensor k = Heads(key, x, pass);
        Tensor v = Heads(value, x, pass);
        if (context.Cos is not null && context.Sin is not null)
        {
            q = Rotary.Forward(q, context.Cos, context.Sin);
            k = Rotary.Forward(k, context.Cos, context.Sin);
        }
        Tensor mixed = Mix(q, k, v, x, context, layer, pass);
        return output.Forward(read.Pick(mixed), pass).MoveToOuterDisposeScope();
    }

    /// <summary>The attention itself: (batch, T, heads · width).</summary>
    private Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor x, in AttentionContext context, int layer, Pass pass)
    {
        double probability = pass.Training ? dropout : 0;
        if (context.Sequences is { } sequences)
            return Attention.Forward(q, k, v, context.Virtual?.Front(layer, x, pass.Plan, k), sequences, probability);
        if (context.Virtual is not null)
            (k, v) = context.Virtual.Join(layer, x, k, v, pass);
        if (context.Cache is not null)
            (k, v) = context.Cache.Append(layer, k, v);
        return Attention.Forward(q, k, v, context.Masks!.At(layer), probability);
    }

    /// <summary>The projection, split: (batch, its heads, T, head width); a view.</summary>
    private Tensor Heads(Linear projection, Tensor x, Pass pass)
    {
        Tensor projected = projection.Forward(x, pass);
        long width = query.OutFeatures / heads;
        return projected.view(x.shape[0], x.shape[1], projection.OutFeatures / width, width).transpose(1, 2);
    }
}
