using PeftSharp.Testing;
using static TorchSharp.torch;

namespace PeftSharp.Tests;

/// <summary>Tensors of <see cref="SeededNumbers"/>: the one place where tests draw them. A field of the test class gives each test the same.</summary>
internal sealed class RandomTensors(int seed)
{
    private readonly SeededNumbers _numbers = new(seed);

    /// <summary>Normal values with mean 0 and deviation 1, fp32.</summary>
    public Tensor Normal(params long[] shape) => tensor(_numbers.Normal(Count(shape)), shape);

    /// <summary>Values in [0, 1), fp32.</summary>
    public Tensor Uniform(params long[] shape) => tensor(_numbers.Uniform(Count(shape)), shape);

    /// <summary>int64 from <paramref name="first"/> on, below <paramref name="end"/>.</summary>
    public Tensor Integers(long first, long end, params long[] shape) => tensor(_numbers.Integers(Count(shape), first, end), shape);

    /// <summary>Writes normal values over a tensor's.</summary>
    public void FillNormal(Tensor tensor)
    {
        using var noGrad = no_grad();
        using Tensor values = Normal(tensor.shape);
        tensor.copy_(values);
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}
