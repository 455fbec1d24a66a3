using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>
/// A trainable piece of the attention slot: keys and values of its own in front of those of the tokens, in every layer or
/// in some, after projection and rotation. Every token sees them.
/// </summary>
public interface IAttentionTuner
{
    /// <summary>How many keys and values it adds to each layer that it reaches.</summary>
    int Count { get; }

    /// <summary>True where the positions of the tokens begin after the added rows, as HF's past keys make them.</summary>
    bool TakesPositions => true;

    /// <summary>Which part of <see cref="Rows"/> a layer gets, or null for a layer that gets none.</summary>
    /// <param name="layer">The layer, from 0; in an encoder-decoder first the encoder's, then the decoder's, then the decoder's cross attentions.</param>
    int? Part(int layer) => layer;

    /// <summary>The keys and values; asked for once a forward call, and once a generation.</summary>
    /// <param name="pass">The pass being computed.</param>
    /// <returns>(parts, 2, key/value heads, count, head width), keys at 0 and values at 1; the caller owns it.</returns>
    Tensor Rows(Pass pass);

    /// <summary>True where <see cref="Gate"/> gives something: it must be given whole rows of the batch, padding among them.</summary>
    bool HasGates => false;

    /// <summary>What a layer's rows are multiplied with, or null for nothing.</summary>
    /// <param name="layer">The layer, from 0; one that has a part.</param>
    /// <param name="hidden">The input of the layer's attention, (batch, length, hidden); owned by the caller.</param>
    /// <returns>Broadcastable to (batch, 2, key/value heads, count, head width); the caller owns it.</returns>
    Tensor? Gate(int layer, Tensor hidden) => null;
}
