using PeftSharp.Kernels;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>The next token: logits over the vocabulary. For the loss only labelled positions reach the output head.</summary>
/// <param name="output">The output head.</param>
/// <param name="softCap">Logits are kept within ± this by c · tanh(z / c) (Gemma 2); null for no bound.</param>
internal sealed class NextToken(Linear output, double? softCap = null) : ITaskHead
{
    public Tensor Logits(Tensor hidden, ModelInput input, Pass pass)
    {
        Tensor logits = output.Forward(hidden, pass);
        if (softCap is not { } cap)
            return logits;
        using (logits)
            return SoftCap.Forward(logits, cap);
    }

    public Tensor? Reads(ModelInput input, Targets? targets, long front)
    {
        if (targets?.Labels is not { } labels || !labels.shape.SequenceEqual(input.InputIds.shape))
            return null;
        using var scope = NewDisposeScope();
        (long batch, long length) = (labels.shape[0], labels.shape[1]);
        // The label at t judges the position before it; without virtual tokens nothing stands before the first.
        long first = front > 0 ? 0 : 1;
        Tensor judged = labels.narrow(1, first, length - first).NotEqualTo(CrossEntropy.Ignored);
        Tensor before = ScalarMath.Range(0, batch, labels.device).Times(front + length).unsqueeze(1)
            .Plus(ScalarMath.Range(front + first - 1, front + length - 1, labels.device));
        return before.masked_select(judged).MoveToOuterDisposeScope();
    }

    /// <summary>Position t is judged by the label at t + 1; the last virtual token by the first label.</summary>
    public LossSum Loss(Tensor hidden, ModelInput input, Targets targets, Pass pass)
    {
        Tensor labels = targets.RequireLabels("A causal language model");
        using var scope = NewDisposeScope();
        (hidden, labels) = hidden.WithOneBefore(labels, pass);
        long length = hidden.shape[1];
        Tensor shifted = labels.narrow(1, 1, length - 1).reshape(-1);
        long count = Classification.CheckRange(shifted, output.OutFeatures, "A causal language model");
        Tensor sum = VocabularyHead.LossSum(hidden.narrow(1, 0, length - 1), shifted, output, targets, pass, rows => Logits(rows, input, pass), softCap);
        return new LossSum(sum.MoveToOuterDisposeScope(), count);
    }
}
