using PeftSharp.Kernels.Fused;
using PeftSharp.Kernels.Graph;
using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// Cross-entropy over a large vocabulary. The rows go through the output head some hundred at a time; with a frozen head
/// each piece's gradient is computed in the forward pass, in place over its logits, so that no logits are kept.
/// </summary>
internal static class VocabularyLoss
{
    private const long RowsAtOnce = 256;

    /// <summary>
    /// The summed cross-entropy with a frozen head W: with p = softmax(h Wᵀ), L = −Σ log p[label] and
    /// dL/dh = (p − onehot(label)) W.
    /// </summary>
    /// <param name="rows">Hidden states h of the labelled positions, (n, hidden).</param>
    /// <param name="labels">int64 (n), none of them ignored.</param>
    /// <param name="weight">The head, (vocabulary, hidden).</param>
    /// <param name="packed">The same head for the faster product, or null.</param>
    /// <param name="softCap">The bound of the logits (<see cref="SoftCap"/>), or null.</param>
    /// <returns>fp32 scalar; its graph reaches <paramref name="rows"/>.</returns>
    public static Tensor FrozenHead(Tensor rows, Tensor labels, Tensor weight, IFrozenProduct? packed = null, double? softCap = null)
    {
        using var clock = KernelClock.Measure("loss over the vocabulary");
        using var scope = NewDisposeScope();
        bool wanted = GraphNode.IsNeeded(rows);
        KernelClock.CountProduct(rows.numel(), weight.shape[0], wanted);
        Tensor? gradient = wanted ? empty_like(rows) : null;
        double sum = 0;
        using (var noGrad = no_grad())
        {
            for (long at = 0; at < rows.shape[0]; at += RowsAtOnce)
            {
                long count = Math.Min(RowsAtOnce, rows.shape[0] - at);
                sum += Piece(rows.narrow(0, at, count), labels.narrow(0, at, count), weight, packed, softCap, gradient?.narrow(0, at, count));
            }
        }
        Tensor value = tensor(sum, dtype: Widening.WideFor(rows.dtype), device: rows.device);
        if (gradient is null)
            return value.MoveToOuterDisposeScope();
        gradient.DetachFromDisposeScope();
        return GraphNode.Attach("loss over the vocabulary", value, [rows], [gradient], scale => [gradient.mul(scale.to(gradient.dtype))])
            .MoveToOuterDisposeScope();
    }

    /// <summary>The summed cross-entropy through any head, with everything kept that its graph needs.</summary>
    /// <param name="rows">Hidden states of the labelled positions, (n, hidden).</param>
    /// <param name="labels">int64 (n), none of them ignored.</param>
    /// <param name="head">From (k, hidden) to logits (k, vocabulary).</param>
    /// <param name="labelSmoothing">The share of the probability spread over all classes.</param>
    public static Tensor AnyHead(Tensor rows, Tensor labels, Func<Tensor, Tensor> head, double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        Tensor total = zeros([], dtype: Widening.WideFor(rows.dtype), device: rows.device);
        for (long at = 0; at < rows.shape[0]; at += RowsAtOnce)
        {
            long count = Math.Min(RowsAtOnce, rows.shape[0] - at);
            using Tensor logits = head(rows.narrow(0, at, count));
            total = total.Plus(CrossEntropy.Sum(logits, labels.narrow(0, at, count), labelSmoothing));
        }
        return total.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of some rows, and their gradient into <paramref name="gradient"/>.</summary>
    private static double Piece(Tensor rows, Tensor labels, Tensor weight, IFrozenProduct? packed, double? softCap, Tensor? gradient)
    {
        using var scope = NewDisposeScope();
        bool fast = packed is not null && packed.Takes(rows, backward: gradient is not null);
        Tensor logits = fast ? packed!.Product(rows, null) : nn.functional.linear(rows, weight);
        Tensor? bounded = null;
        if (softCap is { } cap)
        {
            logits = SoftCap.Forward(logits, cap);
            // The loss writes its gradient over the logits.
            bounded = gradient is null ? null : logits.clone();
        }
        double loss;
        if (FusedCrossEntropy.Takes(logits))
            loss = FusedCrossEntropy.Run(logits, labels.contiguous(), gradient is not null);
        else
            (logits, loss) = Plain(logits, labels, gradient is not null);
        if (bounded is not null)
            logits = SoftCap.Backward(logits.to(bounded.dtype), bounded, softCap!.Value);
        gradient?.copy_(fast ? packed!.GradientToInputs(logits) : logits.to(weight.dtype).matmul(weight));
        return loss;
    }

    private static (Tensor Gradient, double Loss) Plain(Tensor logits, Tensor labels, bool gradient)
    {
        Tensor wide = logits.AtLeastFloat32();
        Tensor index = labels.unsqueeze(-1);
        Tensor normaliser = wide.logsumexp(-1, keepdim: true);
        double loss = normaliser.sub(wide.gather(1, index)).sum().to(ScalarType.Float64).item<double>();
        if (!gradient)
            return (wide, loss);
        wide = wide.sub(normaliser).exp_();
        wide.scatter_add_(1, index, ones_like(normaliser).neg_());
        return (wide, loss);
    }
}
