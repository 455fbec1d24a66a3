using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>A post-norm layer: x ← norm(x + dropout(attention(x))); x ← norm(x + dropout(feed-forward(x))).</summary>
internal sealed class EncoderLayer(
    SelfAttention attention, LayerNorm attentionNorm, IFeedForward feedForward, LayerNorm outputNorm, double dropout)
{
    public SelfAttention Attention => attention;

    public Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor attended = pass.Dropout(attention.Forward(x, context, layer, pass), dropout);
        Tensor middle = attentionNorm.Forward(attended.Plus(x), pass);
        Tensor fed = pass.Dropout(feedForward.Forward(middle, pass), dropout);
        return outputNorm.Forward(fed.Plus(middle), pass).MoveToOuterDisposeScope();
    }
}
