using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>v / max(‖v‖, 1e-12).</summary>
internal sealed class NormalizeStage : IVectorStage
{
    public int Width(int width) => width;

    public Tensor Forward(Tensor vectors) => Normalize(vectors);

    public void Dispose()
    {
    }

    /// <summary>Vectors of length 1; a vector of zeros stays as it is.</summary>
    public static Tensor Normalize(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return vectors.div(vectors.Squared().sum(1, keepdim: true).sqrt().AtLeastInPlace(1e-12)).MoveToOuterDisposeScope();
    }
}
