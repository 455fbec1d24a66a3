using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Attention of a sequence over itself, with its projections; rotary positions and cached keys where the context has them.</summary>
/// <param name="projections">Queries, keys and values.</param>
/// <param name="output">The product behind the attention.</param>
internal sealed class MultiHeadAttention(IQueryKeyValue projections, Linear output)
{
    /// <summary>The probability with which attention weights are dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>What q · k is multiplied with; null for 1 / √(head width).</summary>
    public double? Scale { get; init; }

    /// <summary>Scores are kept within ± this by c · tanh(s / c) (Gemma 2); null for no bound.</summary>
    public double? SoftCap { get; init; }

    /// <summary>How many tokens back a token sees, itself among them; null for all.</summary>
    public int? Window { get; init; }

    /// <summary>False where a layer of a family with rotary positions turns nothing.</summary>
    public bool Rotates { get; init; } = true;

    /// <summary>What the scores of queries and keys have added to them in this layer (DeBERTa), or null.</summary>
    public IScoreBias? Bias { get; init; }

    /// <summary>True where attention can be computed one sequence behind the other (<see cref="Unpadded"/>): nothing but places says who sees whom.</summary>
    public bool AllowsUnpadded => SoftCap is null && Bias is null;

    /// <summary>The path of its module.</summary>
    public string Path => projections.Path;

    /// <summary>Its heads, as those of so many layers.</summary>
    public AttentionShape Shape(int layers) => new(layers, projections.Heads, projections.KeyValueHeads, projections.HeadWidth);

    /// <summary>(batch, T, hidden) → (batch, T, hidden), before the residual.</summary>
    /// <param name="x">The layer's input.</param>
    /// <param name="context">Mask, positions and cache.</param>
    /// <param name="layer">The layer's number, for the cache.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="read">Which positions are wanted; then the result is (those, hidden).</param>
    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = projections.Forward(x, pass);
        if (Rotates && context.Cos is not null && context.Sin is not null)
            (q, k) = (Rotary.Forward(q, context.Cos, context.Sin), Rotary.Forward(k, context.Cos, context.Sin));
        Tensor mixed = Mix(q, k, v, x, context, layer, pass);
        return output.Forward(read.Pick(mixed), pass).MoveToOuterDisposeScope();
    }

    /// <summary>The attention itself: (batch, T, heads · width).</summary>
    private Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor x, in AttentionContext context, int layer, Pass pass)
    {
        AttentionScores scores = new(Scale ?? 1 / Math.Sqrt(projections.HeadWidth), SoftCap, pass.Training ? Dropout : 0);
        if (context.Sequences is { } sequences)
            return Attention.Forward(q, k, v, context.Virtual?.Front(layer, x, pass.Plan, k), sequences, scores);
        if (context.Virtual is not null)
            (k, v) = context.Virtual.Join(layer, x, k, v, pass);
        if (context.Cache is not null)
            (k, v) = context.Cache.Append(layer, k, v);
        Tensor? mask = context.Masks!.At(layer);
        if (Bias is not null)
        {
            Tensor bias = Bias.Of(q, k, context.Places, pass);
            mask = mask is null ? bias : bias.Plus(mask);
        }
        return Attention.Forward(q, k, v, mask, scores);
    }
}
