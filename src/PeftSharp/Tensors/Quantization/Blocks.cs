using System.Numerics.Tensors;

namespace PeftSharp.Tensors.Quantization;

/// <summary>What all block-wise quantisations need.</summary>
internal static class Blocks
{
    /// <summary>The largest magnitude.</summary>
    public static float AbsMax(ReadOnlySpan<float> values) => values.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(values));
}
