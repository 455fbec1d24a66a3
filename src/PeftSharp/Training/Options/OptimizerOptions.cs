using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>AdamW and the clipping of its gradients; names in brackets are those of HF's TrainingArguments.</summary>
public sealed record OptimizerOptions
{
    private static readonly IReadOnlyList<(string, string)> _names =
        [("adamw", "adamw"), ("adamw", "adamw_torch"), ("adamw", "adamw_torch_fused")];

    /// <summary>The peak of the learning rate (<c>learning_rate</c>).</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>The decay λ (<c>weight_decay</c>); biases and the weights of norms have none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>β₁ (<c>adam_beta1</c>).</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>β₂ (<c>adam_beta2</c>).</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>ε (<c>adam_epsilon</c>).</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>The largest norm of all gradients together; 0 does not clip (<c>max_grad_norm</c>).</summary>
    public double MaxGradNorm { get; init; } = 1;

    internal static OptimizerOptions Read(JsonSettings settings)
    {
        OptimizerOptions fallback = new();
        settings.Choice("optim", "adamw", _names);
        return new()
        {
            LearningRate = settings.NotNegative("learning_rate", fallback.LearningRate),
            WeightDecay = settings.NotNegative("weight_decay", fallback.WeightDecay),
            AdamBeta1 = settings.Probability("adam_beta1", fallback.AdamBeta1),
            AdamBeta2 = settings.Probability("adam_beta2", fallback.AdamBeta2),
            AdamEpsilon = settings.NotNegative("adam_epsilon", fallback.AdamEpsilon),
            MaxGradNorm = settings.NotNegative("max_grad_norm", fallback.MaxGradNorm),
        };
    }

    internal void Validate()
    {
        SettingsReads.Require(LearningRate >= 0 && double.IsFinite(LearningRate), "learning_rate", "a number of at least 0");
        SettingsReads.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight_decay", "a number of at least 0");
        SettingsReads.Require(AdamBeta1 is >= 0 and < 1, "adam_beta1", "a number from 0 to below 1");
        SettingsReads.Require(AdamBeta2 is >= 0 and < 1, "adam_beta2", "a number from 0 to below 1");
        SettingsReads.Require(AdamEpsilon >= 0 && double.IsFinite(AdamEpsilon), "adam_epsilon", "a number of at least 0");
        SettingsReads.Require(MaxGradNorm >= 0, "max_grad_norm", "a number of at least 0 (0 does not clip)");
    }
}
