using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>What the kernels compute, by libtorch's operators from the formula; in float64 where the inputs are.</summary>
internal static class References
{
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon) =>
        x.div(x.Squared().mean([-1], keepdim: true).Plus(epsilon).sqrt()).mul(weight);

    public static Tensor ResidualLayerNorm(Tensor hidden, Tensor residual, Tensor weight, Tensor bias, double epsilon) =>
        nn.functional.layer_norm(hidden.Plus(residual), weight.shape, weight, bias, epsilon);

    public static Tensor Gated(Tensor gate, Tensor up) => gate.mul(gate.sigmoid()).mul(up);

    /// <summary>x erfc(−x / √2) / 2.</summary>
    public static Tensor Gelu(Tensor x) => x.mul(special.erfc(x.Times(-Math.Sqrt(0.5)))).Times(0.5);

    /// <summary>x σ(√(8/π) (x + 0.044715 x³)).</summary>
    public static Tensor TanhGelu(Tensor x) => x.mul(x.Plus(x.Cubed().Times(0.044715)).Times(Math.Sqrt(8 / Math.PI)).sigmoid());

    /// <summary>x cos + rotate_half(x) sin.</summary>
    public static Tensor Rotary(Tensor x, Tensor cos, Tensor sin)
    {
        Tensor[] halves = x.chunk(2, -1);
        return x.mul(cos).Plus(cat([halves[1].neg(), halves[0]], -1).mul(sin));
    }

    /// <summary>softmax(q kᵀ / √width + mask) v with the heads side by side, (batch, queries, heads · width).</summary>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask, double? scale = null, double? softCap = null)
    {
        long groupSize = q.shape[1] / k.shape[1];
        Tensor scores = q.matmul(k.repeat_interleave(groupSize, 1).transpose(2, 3)).Times(scale ?? 1 / Math.Sqrt(q.shape[3]));
        if (softCap is { } cap)
            scores = scores.DividedBy(cap).tanh().Times(cap);
        if (mask is not null)
            scores = scores.Plus(mask.to(q.dtype));
        return scores.softmax(-1).matmul(v.repeat_interleave(groupSize, 1)).transpose(1, 2).flatten(2);
    }

    /// <summary>The summed cross-entropy of the rows' logits.</summary>
    public static Tensor CrossEntropy(Tensor rows, Tensor weight, Tensor labels) =>
        rows.matmul(weight.t()).log_softmax(-1).gather(1, labels.unsqueeze(1)).sum().neg();
}
