using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>The loss that the classification heads share.</summary>
internal static class Classification
{
    /// <summary>Cross-entropy over (rows, classes), or squared error where there is one output (HF's regression).</summary>
    public static LossSum Loss(Tensor logits, Targets targets, string task)
    {
        Tensor labels = targets.RequireLabels(task);
        using var scope = NewDisposeScope();
        Tensor flat = logits.reshape(-1, logits.shape[^1]);
        if (flat.shape[1] == 1)
        {
            Tensor difference = flat.squeeze(-1).to(ScalarType.Float32).sub(labels.reshape(-1).to(ScalarType.Float32));
            return new LossSum(difference.square().sum().MoveToOuterDisposeScope(), difference.numel());
        }
        Tensor classes = labels.reshape(-1);
        long count = CheckRange(classes, flat.shape[1], task);
        return new LossSum(CrossEntropy.Sum(flat, classes, targets.LabelSmoothing).MoveToOuterDisposeScope(), count);
    }

    /// <summary>Counts the labels that are not ignored.</summary>
    /// <exception cref="PeftException">A label is not below the number of classes.</exception>
    public static long CheckRange(Tensor labels, long classes, string task)
    {
        using var scope = NewDisposeScope();
        Tensor counted = labels.NotEqualTo(CrossEntropy.Ignored);
        Tensor wrong = counted.logical_and(labels.Below(0).logical_or(labels.NotBelow(classes)));
        if (wrong.any().item<bool>())
            throw new PeftException(
                $"{task}: label {labels.masked_select(wrong)[0].item<long>()} is outside 0 … {classes - 1}; check the labels against the model's num_labels or vocabulary.");
        return counted.sum().item<long>();
    }
}
