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
    /// <returns>fp32 scalar; its graph reaches <paramref name="rows"/>.</returns>
    public static Tensor FrozenHead(Tensor rows, Tensor labels, Tensor weight)
    {
        using var scope = NewDisposeScope();
        bool wanted = rows.requires_grad && is_grad_enabled();
        Tensor value;
        Tensor gradient;
        using (var noGrad = no_grad())
        {
            value = zeros([], dtype: ScalarType.Float32, device: rows.device);
            gradient = wanted ? empty_like(rows) : rows;
            for (long at = 0; at < rows.shape[0]; at += RowsAtOnce)
                AddPiece(rows, labels, weight, at, Math.Min(RowsAtOnce, rows.shape[0] - at), value, wanted ? gradient : null);
        }
        if (!wanted)
            return value.MoveToOuterDisposeScope();
        // A sum whose gradient is the one computed above and whose own value is taken off again.
        Tensor carrier = rows.mul(gradient).sum().to(ScalarType.Float32);
        return carrier.sub(carrier.detach()).Plus(value).MoveToOuterDisposeScope();
    }

    /// <summary>The summed cross-entropy through any head, with everything kept that its graph needs.</summary>
    /// <param name="rows">Hidden states of the labelled positions, (n, hidden).</param>
    /// <param name="labels">int64 (n), none of them ignored.</param>
    /// <param name="head">From (k, hidden) to logits (k, vocabulary).</param>
    /// <param name="labelSmoothing">The share of the probability spread over all classes.</param>
    public static Tensor AnyHead(Tensor rows, Tensor labels, Func<Tensor, Tensor> head, double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        Tensor total = zeros([], dtype: ScalarType.Float32, device: rows.device);
        for (long at = 0; at < rows.shape[0]; at += RowsAtOnce)
        {
            long count = Math.Min(RowsAtOnce, rows.shape[0] - at);
            using Tensor logits = head(rows.narrow(0, at, count));
            total = total.Plus(CrossEntropy.Sum(logits, labels.narrow(0, at, count), labelSmoothing));
        }
        return total.MoveToOuterDisposeScope();
    }

    private static void AddPiece(
        Tensor rows, Tensor labels, Tensor weight, long at, long count, Tensor value, Tensor? gradient)
    {
        using var scope = NewDisposeScope();
        Tensor logits = nn.functional.linear(rows.narrow(0, at, count), weight).to(ScalarType.Float32);
        Tensor index = labels.narrow(0, at, count).unsqueeze(-1);
        Tensor normaliser = logits.logsumexp(-1, keepdim: true);
        value.PlusInPlace(normaliser.sub(logits.gather(1, index)).sum());
        if (gradient is null)
            return;
        logits.sub_(normaliser).exp_();
        logits.scatter_add_(1, index, ones_like(normaliser).neg_());
        gradient.narrow(0, at, count).copy_(logits.to(weight.dtype).matmul(weight));
    }
}
