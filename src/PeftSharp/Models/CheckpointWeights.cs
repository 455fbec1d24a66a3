using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>The weights of a Hugging Face folder. Tensors of the wanted dtype stay mapped; others are converted.</summary>
internal sealed class CheckpointWeights(string folder) : IWeightSource
{
    private readonly ICheckpoint _checkpoint = Checkpoint.Open(folder);

    public string Source => folder;

    public bool Has(string name) => _checkpoint.Contains(name);

    public Tensor Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        Tensor stored = _checkpoint.Load(name);
        if (!stored.shape.SequenceEqual(shape))
        {
            string found = string.Join(", ", stored.shape);
            stored.Dispose();
            throw new PeftException(
                $"{folder}: tensor '{name}' is [{found}] and the config asks for [{string.Join(", ", shape)}].");
        }
        if (stored.dtype == dtype && stored.device.type == device.type)
            return stored;
        using (stored)
            return stored.to(dtype, device);
    }

    public void Dispose() => _checkpoint.Dispose();
}
