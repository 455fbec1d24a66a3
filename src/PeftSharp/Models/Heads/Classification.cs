using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Heads;

/// <summary>The losses that the classification heads share.</summary>
internal static class Classification
{
    /// <summary>The loss of whole rows, logits (batch, labels), as transformers chooses it: by <c>problem_type</c>, else by the number of labels and the dtype of the targets.</summary>
    public static LossSum OfRows(Tensor logits, Targets targets, ProblemType? problem)
    {
        const string Task = "Sequence classification";
        Tensor labels = targets.RequireLabels(Task);
        bool numbers = labels.is_floating_point();
        ProblemType meant = problem ?? (logits.shape[1] == 1 ? ProblemType.Regression : numbers ? ProblemType.MultiLabel : ProblemType.SingleLabel);
        if (meant == ProblemType.SingleLabel)
            return numbers
                ? throw new PeftException($"{Task}: labels of {meant.ToName()} are numbers of classes, int64 (batch), not {labels.dtype}.")
                : OfClasses(logits, targets, Task);
        if (targets.LabelSmoothing != 0)
            throw new PeftException($"label_smoothing_factor {targets.LabelSmoothing} is for one class of several; the problem_type is {meant.ToName()}: set it to 0.");
        using var scope = NewDisposeScope();
        if (labels.numel() != logits.numel())
            throw new PeftException($"{Task}: {meant.ToName()} with {logits.shape[1]} labels needs targets [{string.Join(", ", logits.shape)}], not [{string.Join(", ", labels.shape)}].");
        Tensor wide = logits.AtLeastFloat32(), wanted = labels.reshape(logits.shape).to(wide.dtype);
        Tensor sum = meant == ProblemType.Regression
            ? wide.sub(wanted).Squared().sum()
            : nn.functional.binary_cross_entropy_with_logits(wide, wanted, reduction: nn.Reduction.Sum);
        return new LossSum(sum.MoveToOuterDisposeScope(), logits.numel());
    }

    /// <summary>Cross-entropy over (…, classes), whatever their number.</summary>
    public static LossSum OfClasses(Tensor logits, Targets targets, string task)
    {
        using var scope = NewDisposeScope();
        Tensor flat = logits.reshape(-1, logits.shape[^1]), classes = targets.RequireLabels(task).reshape(-1);
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
