using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>A module of sentence-transformers behind the pooling: from vectors to vectors. Safe for many threads.</summary>
internal interface IVectorStage : IDisposable
{
    /// <summary>The length of its vectors, given the length of those that come in.</summary>
    int Width(int width);

    /// <summary>(batch, width) → (batch, <see cref="Width"/>), fp32.</summary>
    Tensor Forward(Tensor vectors);
}
