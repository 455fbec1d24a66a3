using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>Weights of the right shapes with random values: for benchmarks, and for training from scratch.</summary>
internal sealed class RandomWeights(double standardDeviation, long seed) : IWeightSource
{
    private readonly Generator _generator = new((ulong)seed);

    public string Source => "random weights";

    public bool Has(string name) => true;

    public Tensor Load(string name, long[] shape, ScalarType dtype, Device device, bool transposed)
    {
        using var scope = NewDisposeScope();
        Tensor value = shape.Length > 1
            ? randn(shape, generator: _generator).TimesInPlace(standardDeviation)
            : name.EndsWith("bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape);
        return value.to(dtype, device).DetachFromDisposeScope();
    }

    public void Dispose() => _generator.Dispose();
}
