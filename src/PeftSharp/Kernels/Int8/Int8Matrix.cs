using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>An int8 matrix Q (out, in), packed, with a scale for each of its rows or one for all.</summary>
internal sealed class Int8Matrix : IDisposable
{
    private readonly Tensor _packed, _scales, _zeros;
    private readonly long _bytes;

    private Int8Matrix(Tensor packed, Tensor scales, Tensor zeros, long bytes) =>
        (_packed, _scales, _zeros, _bytes) = (packed, scales, zeros, bytes);

    /// <summary>Packs.</summary>
    /// <param name="values">Q, int8.</param>
    /// <param name="scales">s, fp32 (out), or (1); taken over.</param>
    /// <exception cref="PeftException">There is no memory for it, or libtorch multiplies it wrongly.</exception>
    public static Int8Matrix Of(Tensor values, Tensor scales)
    {
        long bytes = values.numel();
        if (!PackedMemory.TryTake(bytes))
            throw new PeftException(
                $"compute: int8 keeps the weights in int8 too, and the copies would take more than a quarter of the memory ({(PackedMemory.Taken + bytes) >> 20} MB). Use compute: auto.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Int8Matrix matrix = Pack(values, scales, bytes);
        if (matrix.IsRight(values))
            return matrix;
        matrix.Dispose();
        throw new PeftException(
            $"compute: int8 is not possible here: this libtorch multiplies an int8 weight of [{string.Join(", ", values.shape)}] wrongly. Use compute: auto.");
    }

    /// <summary>
    /// Whether products come out right here at all. Where oneDNN has AVX2 alone it adds pairs of products in 16 bits, which
    /// overflow without a word.
    /// </summary>
    public static bool IsRight()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor values = ones([64, 64]).Times(127).to(ScalarType.Int8);
        using Int8Matrix matrix = Pack(values, ones(64), bytes: 0);
        return matrix.IsRight(values);
    }

    /// <summary>((x − 128) Qᵀ) ∘ s, (rows, out).</summary>
    /// <param name="x">uint8 (rows, in).</param>
    /// <param name="dtype">float32 or bfloat16.</param>
    public Tensor Multiply(Tensor x, ScalarType dtype) => Int8Kernels.Linear(x, _packed, _scales, _zeros, dtype);

    public void Dispose()
    {
        foreach (Tensor tensor in (ReadOnlySpan<Tensor>)[_packed, _scales, _zeros])
            tensor.Dispose();
        PackedMemory.Release(_bytes);
    }

    private static Int8Matrix Pack(Tensor values, Tensor scales, long bytes) => new(
        Int8Kernels.Pack(values.contiguous()).DetachFromDisposeScope(), scales.DetachFromDisposeScope(),
        zeros(scales.shape, dtype: ScalarType.Int32).DetachFromDisposeScope(), bytes);

    /// <summary>A silently wrong product has been seen of oneDNN's other layouts: so each matrix is tried on a few rows.</summary>
    private bool IsRight(Tensor values)
    {
        // No two inputs alike, and nothing drawn from torch's generator, which decides a run.
        Tensor x = ScalarMath.Range(0, 3 * values.shape[1], values.device).to(ScalarType.Float32).Times(0.7).sin().Times(127).round()
            .view(3, values.shape[1]);
        Tensor expected = x.matmul(values.to(ScalarType.Float32).t()).mul(_scales);
        Tensor difference = Multiply(x.Plus(128).to(ScalarType.Byte), ScalarType.Float32).sub(expected).abs().max();
        // The sums are whole numbers, exact in int32; in fp32 they are rounded.
        return difference.item<float>() <= 1e-4f * expected.abs().max().item<float>();
    }
}
