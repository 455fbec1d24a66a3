using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>A pre-norm layer: x ← x + attention(norm(x)); x ← x + feed-forward(norm(x)).</summary>
internal sealed class DecoderLayer(
    RmsNorm attentionNorm, SelfAttention attention, SubLayer attentionEnd,
    RmsNorm feedForwardNorm, IFeedForward feedForward, SubLayer feedForwardEnd, StreamPoint end) : ILayer
{
    public SelfAttention Attention => attention;

    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read)
    {
        using var scope = NewDisposeScope();
        Tensor middle;
        using (Tensor normal = attentionNorm.Forward(x, pass))
        using (Tensor attended = attention.Forward(normal, context, layer, pass, read))
            middle = attentionEnd.Forward(attended, read.Pick(x), pass);
        using (Tensor normal = feedForwardNorm.Forward(middle, pass))
        using (Tensor fed = feedForward.Forward(normal, pass))
        {
            Tensor output = feedForwardEnd.Forward(fed, middle, pass);
            return end.Forward(output, pass, context.AttentionMask, context.Cache?.Length ?? 0).MoveToOuterDisposeScope();
        }
    }
}
