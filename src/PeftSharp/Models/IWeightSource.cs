using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>Where a backbone's tensors come from: a checkpoint, or a generator of random ones.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>The file or folder, for messages.</summary>
    string Source { get; }

    /// <summary>True if a tensor of that name is there.</summary>
    bool Has(string name);

    /// <summary>The tensor of that name, in the wanted dtype on the wanted device; the caller owns it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="dtype">The wanted dtype.</param>
    /// <param name="device">The wanted device.</param>
    /// <param name="transposed">True where a checkpoint holds it the other way round.</param>
    /// <exception cref="PeftException">The shape is not the expected one.</exception>
    Tensor Load(string name, long[] shape, ScalarType dtype, Device device, bool transposed = false);

    /// <summary>The layers of the checkpoint that run one after another, from 0; null for each once.</summary>
    IReadOnlyList<int>? Layers => null;

    /// <summary>The node of another model whose weight the one at that path has too, so that what was made of it is used again; null where there is none.</summary>
    Linear? Shared(string path) => null;
}
