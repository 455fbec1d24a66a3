using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>The loss of the heads that give a logit for each token of the vocabulary.</summary>
internal static class VocabularyHead
{
    /// <summary>The summed cross-entropy of the labelled positions; the others do not reach the output head.</summary>
    /// <param name="hidden">Hidden states, (…, hidden).</param>
    /// <param name="labels">int64, one for each of them, or −100.</param>
    /// <param name="output">The output head.</param>
    /// <param name="targets">Label smoothing.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="logits">The logits of hidden states.</param>
    /// <param name="softCap">The bound of the logits, or null.</param>
    /// <param name="addsMore">True where more is added to what the output head gives.</param>
    public static Tensor LossSum(
        Tensor hidden, Tensor labels, Linear output, Targets targets, Pass pass, Func<Tensor, Tensor> logits, double? softCap = null, bool addsMore = false)
    {
        using var scope = NewDisposeScope();
        if (pass.IsMixed)
        {
            // Rows with heads of their own need the batch dimension.
            Tensor each = logits(hidden);
            return CrossEntropy.Sum(each.reshape(-1, each.shape[^1]), labels.reshape(-1), targets.LabelSmoothing).MoveToOuterDisposeScope();
        }
        Tensor flat = labels.reshape(-1);
        Tensor judged = flat.NotEqualTo(CrossEntropy.Ignored).nonzero().squeeze(-1);
        Tensor picked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, judged);
        Tensor wanted = flat.index_select(0, judged);
        Tensor sum = !addsMore && output.Bias is null && targets.LabelSmoothing == 0 && !pass.Plan.Touches(output)
            ? VocabularyLoss.FrozenHead(picked, wanted, pass.Get(output.Weight), output.PackedFor(pass), softCap)
            : VocabularyLoss.AnyHead(picked, wanted, logits, targets.LabelSmoothing);
        return sum.MoveToOuterDisposeScope();
    }
}
