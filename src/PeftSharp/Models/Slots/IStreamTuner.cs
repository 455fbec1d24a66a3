using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>A trainable piece that changes the hidden states at one point between layers.</summary>
internal interface IStreamTuner
{
    /// <summary>The new hidden states.</summary>
    /// <param name="hidden">(batch, length, width); owned by the caller.</param>
    /// <param name="call">Where and in which pass.</param>
    /// <returns>A tensor of the same shape, or <paramref name="hidden"/> itself.</returns>
    Tensor Forward(Tensor hidden, in StreamCall call);
}

/// <summary>The point that a stream tuner works at, and what it may need to know of the batch.</summary>
/// <param name="Node">The point.</param>
/// <param name="Pass">The pass being computed.</param>
/// <param name="AttentionMask">(batch, past + length), or null where every token counts.</param>
/// <param name="Past">The tokens that earlier calls have put into the key/value cache.</param>
internal readonly record struct StreamCall(StreamPoint Node, Pass Pass, Tensor? AttentionMask, long Past);
