using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place where rotary position embeddings are applied (RoFormer; HF's half-split layout).</summary>
internal static class Rotary
{
    /// <summary>
    /// y = x · cos + rotate_half(x) · sin, with rotate_half([a, b]) = [−b, a] on the two halves of the last dimension.
    /// </summary>
    /// <param name="x">(batch, heads, length, head width).</param>
    /// <param name="cos">(1 or batch, 1, length, width), in the dtype of <paramref name="x"/>; what of a head is wider is not turned.</param>
    /// <param name="sin">As <paramref name="cos"/>.</param>
    /// <returns>A new contiguous tensor of the shape of <paramref name="x"/>.</returns>
    public static Tensor Forward(Tensor x, Tensor cos, Tensor sin)
    {
        if (cos.shape[^1] < x.shape[^1])
            return Part(x, cos, sin);
        using var clock = KernelClock.Measure("rotary");
        if (FusedRotary.Takes(x, cos, sin))
            return FusedRotary.Run(x, cos, sin);
        using var scope = NewDisposeScope();
        long half = x.shape[^1] / 2;
        Tensor low = x.narrow(-1, 0, half);
        Tensor high = x.narrow(-1, half, half);
        Tensor turned = cat([high.neg(), low], -1);
        return x.mul(cos).Plus(turned.mul(sin)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The first values of each head turned (GPT-NeoX's <c>rotary_pct</c>), the others as they are.</summary>
    private static Tensor Part(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        long turned = cos.shape[^1];
        return cat([Forward(x.narrow(-1, 0, turned), cos, sin), x.narrow(-1, turned, x.shape[^1] - turned)], -1).MoveToOuterDisposeScope();
    }
}
