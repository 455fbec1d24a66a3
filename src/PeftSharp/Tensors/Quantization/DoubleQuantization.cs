using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tensors.Quantization;

/// <summary>
/// The scales of 4-bit blocks, quantised again: their mean is taken off, and the rest quantised in dynamic 8-bit blocks.
/// absmax ≈ code[q] · absmax₂ + mean.
/// </summary>
/// <param name="Codes">One for each scale.</param>
/// <param name="AbsMax">One for each 256 scales.</param>
/// <param name="Offset">The mean.</param>
/// <remarks>Dettmers et al., "QLoRA" (2023), arXiv:2305.14314, section 3.</remarks>
internal sealed record DoubleQuantization(byte[] Codes, float[] AbsMax, float Offset)
{
    /// <summary>Quantises scales.</summary>
    public static DoubleQuantization Of(ReadOnlySpan<float> scales)
    {
        if (scales.IsEmpty)
            return new([], [], 0);
        float offset = Mean(scales.ToArray());
        float[] rest = new float[scales.Length];
        for (int i = 0; i < rest.Length; i++)
            rest[i] = scales[i] - offset;
        byte[] codes = new byte[rest.Length];
        float[] absmax = new float[(rest.Length + DynamicBlocks.DefaultBlock - 1) / DynamicBlocks.DefaultBlock];
        DynamicBlocks.Quantize(rest, DynamicBlocks.DefaultBlock, codes, absmax);
        return new(codes, absmax, offset);
    }

    /// <summary>The scales.</summary>
    public float[] Dequantize()
    {
        float[] scales = new float[Codes.Length];
        DynamicBlocks.Dequantize(Codes, AbsMax, DynamicBlocks.DefaultBlock, scales);
        for (int i = 0; i < scales.Length; i++)
            scales[i] += Offset;
        return scales;
    }

    /// <summary>In torch's order of summation, so that the last bit is the same.</summary>
    private static float Mean(float[] values)
    {
        NativeLoader.EnsureLoaded();
        using torch.Tensor all = torch.tensor(values), mean = all.mean();
        return mean.item<float>();
    }
}
