using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>The weights of a Hugging Face folder or a GGUF file. Tensors of the wanted dtype stay mapped; others are converted.</summary>
internal sealed class CheckpointWeights(string folder) : IWeightSource
{
    private readonly ICheckpoint _checkpoint = ModelFiles.Weights(folder);

    public string Source => folder;

    public bool Has(string name) => _checkpoint.Contains(name);

    public Tensor Load(string name, long[] shape, ScalarType dtype, Device device, bool transposed = false)
    {
        RefuseScaled(name);
        if (transposed)
        {
            using Tensor stored = Fit(_checkpoint.Load(name), name, [.. shape.Reverse()], dtype, device);
            using Tensor turned = stored.t();
            return turned.contiguous();
        }
        return Fit(_checkpoint.Load(name), name, shape, dtype, device);
    }

    public void Dispose() => _checkpoint.Dispose();

    /// <summary>8-bit floats that have scales beside them are not the weights; to load them as if they were would go unnoticed.</summary>
    private void RefuseScaled(string name)
    {
        if (!_checkpoint.Contains(name) || _checkpoint.Info(name).DType is not (StoredDType.F8_E4M3 or StoredDType.F8_E5M2))
            return;
        foreach (string scale in (string[])[name + "_scale_inv", name + "_scale"])
            if (_checkpoint.Contains(scale))
                throw new PeftException($"{folder}: '{name}' is quantised, with its scales in '{scale}'; give the folder of the model in bfloat16 or float32.");
    }

    private Tensor Fit(Tensor stored, string name, long[] shape, ScalarType dtype, Device device)
    {
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
}
