using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Which layers of a backbone a call runs; all of them by default.</summary>
internal readonly record struct LayerPart
{
    /// <summary>The first layer that is run, from 0; the number of layers for none.</summary>
    public int First { get; private init; }

    /// <summary>The input of <see cref="First"/>, (batch, length, hidden), owned by the caller; null to begin with the embeddings.</summary>
    public Tensor? Input { get; private init; }

    /// <summary>The layer whose input is the result, as it is; null to go on to the end.</summary>
    public int? End { get; private init; }

    /// <summary>The embeddings and so many layers.</summary>
    public static LayerPart Below(int layer) => new() { End = layer };

    /// <summary>What is left once the input of a layer is known.</summary>
    public static LayerPart From(int layer, Tensor input) => new() { First = layer, Input = input };
}
