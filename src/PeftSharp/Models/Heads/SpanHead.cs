using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>The answer's first and last token: logits (batch, length, 2), start and end on the last axis.</summary>
internal sealed class SpanHead(Linear outputs) : ITaskHead
{
    /// <summary>The softmax runs over padding too, as in HF.</summary>
    public bool ReadsPadding => true;

    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass) => outputs.Forward(hidden, pass);

    /// <summary>The mean of the start's and the end's cross-entropy; positions past the end are ignored, as in HF.</summary>
    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        if (targets.StartPositions is null || targets.EndPositions is null)
            throw new PeftException("Question answering needs start_positions and end_positions and the batch has none.");
        using var scope = NewDisposeScope();
        Tensor logits = Logits(hidden.OfTokens(input, pass), input, pass);
        (Tensor startSum, long starts) = One(logits.select(-1, 0), targets.StartPositions, targets.LabelSmoothing);
        (Tensor endSum, long ends) = One(logits.select(-1, 1), targets.EndPositions, targets.LabelSmoothing);
        long count = Math.Max(starts, ends);
        Tensor mean = startSum.DividedBy(Math.Max(starts, 1)).Plus(endSum.DividedBy(Math.Max(ends, 1))).DividedBy(2);
        return new LossSum(mean.Times(count).MoveToOuterDisposeScope(), count);
    }

    private static (Tensor Sum, long Count) One(Tensor logits, Tensor positions, double labelSmoothing)
    {
        long length = logits.shape[1];
        Tensor inside = positions.Between(0, length);
        Tensor labels = inside.Masked(inside.EqualTo(length), CrossEntropy.Ignored);
        return (CrossEntropy.Sum(logits, labels, labelSmoothing), labels.NotEqualTo(CrossEntropy.Ignored).sum().item<long>());
    }
}
