using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>
/// The answer's first and last token: logits (batch, length, 2), start and end on the last axis. Both are probabilities over
/// the row's own tokens: padding takes no part, so that a loss does not depend on what a row is batched with.
/// </summary>
internal sealed class SpanHead(Linear outputs) : ITaskHead
{
    /// <summary>The probability with which values are dropped before the product (DistilBERT).</summary>
    public double Dropout { get; init; }

    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        if (targets is null || front > 0 || input.AttentionMask is not { } mask)
            return null;
        using var scope = NewDisposeScope();
        return ScalarMath.Range(0, mask.numel(), mask.device).masked_select(mask.reshape(-1).NotEqualTo(0)).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return outputs.Forward(pass.Dropout(hidden, Dropout), pass).MoveToOuterDisposeScope();
    }

    /// <summary>The start's and the end's cross-entropy; a position that is no token of its row counts for nothing.</summary>
    /// <returns>Every start and every end as one: their mean is HF's mean of the two.</returns>
    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        if (targets.StartPositions is null || targets.EndPositions is null)
            throw new PeftException("Question answering needs start_positions and end_positions and the batch has none.");
        using var scope = NewDisposeScope();
        Tensor logits = Logits(hidden.OfTokens(input, pass), input, pass);
        (Tensor startSum, long starts) = SpanLoss.Sum(logits.select(-1, 0), input.AttentionMask, targets.StartPositions, targets.LabelSmoothing);
        (Tensor endSum, long ends) = SpanLoss.Sum(logits.select(-1, 1), input.AttentionMask, targets.EndPositions, targets.LabelSmoothing);
        return new LossSum(startSum.Plus(endSum).MoveToOuterDisposeScope(), starts + ends);
    }
}
