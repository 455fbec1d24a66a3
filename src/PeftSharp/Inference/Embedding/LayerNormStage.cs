using PeftSharp.IO;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>Layer normalisation of a vector, with the epsilon that torch has by default.</summary>
internal sealed class LayerNormStage(Tensor weight, Tensor bias) : IVectorStage
{
    private const double Epsilon = 1e-5;

    /// <summary>Reads <c>config.json</c> and the weights beside it.</summary>
    public static LayerNormStage Load(string folder)
    {
        JsonSettings settings = JsonSettings.Load(Path.Combine(folder, SentenceFolder.ConfigName));
        int dimension = settings.Size("dimension");
        // What fails half-way frees what it has.
        using var scope = NewDisposeScope();
        using StageWeights weights = new(folder);
        Tensor weight = weights.Load("norm.weight", dimension);
        Tensor bias = weights.Load("norm.bias", dimension);
        return new(weight.DetachFromDisposeScope(), bias.DetachFromDisposeScope());
    }

    public int Width(int width) => width == weight.shape[0]
        ? width
        : throw new PeftException($"A LayerNorm module takes vectors of {weight.shape[0]} numbers and gets those of {width}.");

    public Tensor Forward(Tensor vectors) => Norms.LayerNorm(vectors, weight, bias, Epsilon);

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
