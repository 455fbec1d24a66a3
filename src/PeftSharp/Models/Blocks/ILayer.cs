using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>One layer of a backbone.</summary>
internal interface ILayer
{
    /// <summary>Its attention.</summary>
    SelfAttention Attention { get; }

    /// <summary>(batch, T, hidden) → (batch, T, hidden).</summary>
    /// <param name="x">The output of the layer below.</param>
    /// <param name="context">What all layers know of the batch.</param>
    /// <param name="layer">Its number, from 0.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="read">Which positions are wanted; then the result is (those, hidden).</param>
    Tensor Forward(Tensor x, in AttentionContext context, int layer, Pass pass, ReadPositions read);
}
