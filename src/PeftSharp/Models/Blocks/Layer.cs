using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The one layer: attention beside the residual stream, then the feed-forward part; which norms stand where, its branches say.</summary>
/// <param name="attention">Attention over the sequence itself.</param>
/// <param name="attended">How it stands beside the stream.</param>
/// <param name="feedForward">The feed-forward part.</param>
/// <param name="fed">How that stands beside the stream.</param>
/// <param name="end">The point of the stream behind the layer; the last of its nodes.</param>
internal sealed class Layer(MultiHeadAttention attention, Branch attended, IFeedForward feedForward, Branch fed, StreamPoint end)
{
    /// <summary>Its attention.</summary>
    public MultiHeadAttention Attention => attention;

    /// <summary>A decoder's attention over the encoder's output, between the two, and how it stands beside the stream; null where there is none.</summary>
    public (CrossAttention Attention, Branch Branch)? Cross { get; init; }

    /// <summary>True where the feed-forward part reads the layer's input and not what attention made of it (GPT-NeoX).</summary>
    public bool IsParallel { get; init; }

    /// <summary>True where a training pass drops values in it.</summary>
    public bool HasDropout => attention.Dropout > 0 || attended.Dropout > 0 || fed.Dropout > 0 || Cross?.Branch.Dropout > 0 || Cross?.Attention.Dropout > 0;

    /// <summary>(batch, T, hidden) → (batch, T, hidden).</summary>
    /// <param name="x">The output of the layer below.</param>
    /// <param name="context">What all layers know of the batch.</param>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="read">Which positions are wanted; then the result is (those, hidden).</param>
    public Tensor Forward(Tensor x, in AttentionContext context, int number, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        // The last attention is where positions that nobody reads fall away.
        ReadPositions own = Cross is null ? read : ReadPositions.All;
        Tensor picked = own.Pick(x), middle;
        using (Tensor entered = attended.Enter(x, pass))
        using (Tensor output = attention.Forward(entered, context, number, pass, own))
            middle = attended.Leave(output, picked, pass);
        if (Cross is var (cross, crossed))
        {
            using Tensor entered = crossed.Enter(middle, pass);
            using Tensor output = cross.Forward(entered, context, number, pass, read);
            middle = crossed.Leave(output, read.Pick(middle), pass);
        }
        using (Tensor entered = fed.Enter(IsParallel ? picked : middle, pass))
        using (Tensor output = feedForward.Forward(entered, pass))
            return end.Forward(fed.Leave(output, middle, pass), pass, context.AttentionMask, context.Cache?.Length ?? 0).MoveToOuterDisposeScope();
    }
}
