using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>The weights in the folder of a module, fp32.</summary>
internal sealed class StageWeights : IDisposable
{
    private readonly ICheckpoint _file;

    public StageWeights(string folder) =>
        _file = Checkpoint.OpenIn(folder, "model.safetensors", "pytorch_model.bin")
            ?? throw new FileNotFoundException($"{folder} has neither model.safetensors nor pytorch_model.bin.", Path.Combine(folder, "model.safetensors"));

    /// <summary>A tensor of a certain shape; the caller's to free.</summary>
    /// <exception cref="PeftException">It has another shape.</exception>
    public Tensor Load(string name, params long[] shape)
    {
        // Before the values are read: the config may ask for anything.
        long[] found = [.. _file.Info(name).Shape];
        if (!found.SequenceEqual(shape))
            throw new PeftException($"{_file.Path}: tensor '{name}' is [{string.Join(", ", found)}] and the config asks for [{string.Join(", ", shape)}].");
        Tensor stored = _file.Load(name);
        if (stored.dtype == ScalarType.Float32)
            return stored;
        using (stored)
            return stored.to(ScalarType.Float32);
    }

    public void Dispose() => _file.Dispose();
}
