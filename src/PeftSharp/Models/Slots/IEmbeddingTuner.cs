using static TorchSharp.torch;

namespace PeftSharp.Models.Slots;

/// <summary>A trainable piece that wraps an embedding look-up like middleware.</summary>
public interface IEmbeddingTuner
{
    /// <summary>The output of the wrapped look-up.</summary>
    /// <param name="ids">int64, any shape; owned by the caller.</param>
    /// <param name="next">The rest of the chain.</param>
    /// <returns>(shape of ids…, width); the caller owns it.</returns>
    Tensor Forward(Tensor ids, EmbeddingCall next);
}
