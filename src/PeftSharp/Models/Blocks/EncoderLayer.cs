using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>A post-norm layer: x ← norm(x + dropout(attention(x))); x ← norm(x + dropout(feed-forward(x))).</summary>
internal sealed class EncoderLayer(
    SelfAttention attention, SubLayer attentionEnd, IFeedForward feedForward, SubLayer feedForwardEnd, StreamPoint end, double dropout) : ILayer
{
    public SelfAttention Attention => attention;

    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        Tensor attended = attention.Forward(x, context, layer, pass, read);
        Tensor middle = attentionEnd.Forward(attended, read.Pick(x), pass, dropout);
        Tensor output = feedForwardEnd.Forward(feedForward.Forward(middle, pass), middle, pass, dropout);
        return end.Forward(output, pass, context.AttentionMask, 0).MoveToOuterDisposeScope();
    }
}
