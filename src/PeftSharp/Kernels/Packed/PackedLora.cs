using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Graph;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// A packed, frozen product and its low-rank update in one place of the graph: with z = m ∘ x (m the dropout mask) and
/// l = z Aᵀ, y = x Wᵀ + b + s l Bᵀ. With g = s dy B: dB = s dyᵀ l; dA = gᵀ z; dx = dy W + m ∘ (g A).
/// Kept are x and l; z and m are computed again.
/// </summary>
internal static class PackedLora
{
    /// <summary>True if the thin products have whole vectors to work on.</summary>
    public static bool Takes(Tensor x, Tensor a, Tensor b) =>
        FusedKernels.Take(x) && x.is_contiguous() && a.is_contiguous() && b.is_contiguous() && a.shape[1] % 8 == 0 && b.shape[0] % 8 == 0
        && a.dtype == ScalarType.Float32 && b.dtype == ScalarType.Float32;

    /// <param name="x">(…, in).</param>
    /// <param name="weight">W, ready in both directions where a graph is needed.</param>
    /// <param name="bias">b, (out), or null.</param>
    /// <param name="a">A, fp32 (r, in).</param>
    /// <param name="b">B, fp32 (out, r).</param>
    /// <param name="scale">s.</param>
    /// <param name="dropout">The probability with which inputs of the update are dropped; 0 for none.</param>
    /// <returns>(…, out).</returns>
    public static Tensor Run(Tensor x, IFrozenProduct weight, Tensor? bias, Tensor a, Tensor b, double scale, double dropout)
    {
        using var scope = NewDisposeScope();
        Tensor rows = FlatRows.Of(x);
        CounterMask? mask = dropout > 0 ? new CounterMask(Draws.Key(), dropout) : null;
        Tensor y, low, down = LowRank.Factor(a, transposed: false), up = LowRank.Factor(b, transposed: true);
        using (no_grad())
        {
            y = weight.Product(rows, bias);
            low = LowRank.Down(rows, down, mask);
            LowRank.AddUp(y, low, up, scale, mask: null);
        }
        if (GraphNode.IsNeeded(x) || GraphNode.IsNeeded(a) || GraphNode.IsNeeded(b))
        {
            bool toInputs = x.requires_grad;
            long rank = a.shape[0];
            Tensor[] kept = [GraphNode.Keep(rows), low.DetachFromDisposeScope(), down.DetachFromDisposeScope(), up.DetachFromDisposeScope()];
            y = GraphNode.Attach("LoRA and its product", y, [rows, a, b], kept, gradient =>
            {
                Tensor dy = gradient.contiguous();
                Tensor through = LowRank.Down(dy, kept[3], mask: null);
                Tensor da = LowRank.Outer(through, kept[0], scale, mask).narrow(0, 0, rank).contiguous();
                Tensor db = LowRank.Outer(kept[1], dy, scale, mask: null).narrow(0, 0, rank).t().contiguous();
                if (!toInputs)
                    return [null, da, db];
                Tensor dx = weight.GradientToInputs(dy);
                LowRank.AddUp(dx, through, kept[2], scale, mask);
                return [dx, da, db];
            });
        }
        return FlatRows.Like(x, y).MoveToOuterDisposeScope();
    }
}
