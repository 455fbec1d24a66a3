using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>Answers are numbers: what is none is no answer, and is said to be none.</summary>
internal static class UsableNumbers
{
    /// <summary>What to say of logits that are not numbers.</summary>
    public const string Message =
        "The model gave logits that are not numbers: its weights or an adapter's are broken, or a value overflowed; load with dtype float32 to see whether it is the latter.";

    /// <summary>Checks values; −∞, which stands for what cannot be, is a number.</summary>
    /// <exception cref="PeftException">One is NaN or +∞.</exception>
    public static void Require(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
            if (!(value < float.PositiveInfinity))
                throw new PeftException(Message);
    }

    /// <inheritdoc cref="Require(ReadOnlySpan{float})"/>
    public static void Require(Tensor values)
    {
        using var scope = NewDisposeScope();
        if (values.isnan().logical_or(values.isposinf()).any().item<bool>())
            throw new PeftException(Message);
    }

    /// <summary>Checks the mean loss of an evaluation.</summary>
    /// <exception cref="PeftException">It is no finite number.</exception>
    public static void RequireLoss(double loss)
    {
        if (!double.IsFinite(loss))
            throw new PeftException($"The loss is {(double.IsNaN(loss) ? "not a number" : "infinite")}, so there is nothing to report. {Message}");
    }
}
